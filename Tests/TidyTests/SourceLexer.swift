/// Tells Swift's comments and literals from its code, byte by byte.
///
/// Knows nested block comments, raw and multi-line literals, and code interpolated into literals. Regex literals count as code.
struct SourceLexer {
    private enum Kind { case code, comment, text }

    private enum Scope {
        /// Code, inside this many parentheses; an interpolation ends when it closes its own.
        case code(parentheses: Int)
        case lineComment
        case blockComment(depth: Int)
        case text(hashes: Int, isMultiline: Bool)
    }

    /// Bytes that may begin or end something; all others are passed over in one go.
    private static let marksInCode = marks("/#\"()")
    private static let marksInText = marks("\"\\\n")
    private let bytes: [UInt8]
    private var code: [UInt8] = []
    private var comments: [UInt8] = []
    private var scopes: [Scope] = [.code(parentheses: 0)]
    private var place = 0

    /// The code alone and the comments alone, with blanks for everything else but newlines.
    static func views(of bytes: [UInt8]) -> (code: [UInt8], comments: [UInt8]) {
        var lexer = SourceLexer(bytes: bytes)
        while lexer.place < bytes.count { lexer.step() }
        return (lexer.code, lexer.comments)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func step() {
        switch scopes[scopes.count - 1] {
        case .code(let parentheses): stepInCode(parentheses)
        case .lineComment:
            let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            scopes.removeLast()
            take(end - place, .comment)
        case .blockComment(let depth): stepInBlockComment(depth)
        case .text(let hashes, let isMultiline): stepInText(hashes, isMultiline)
        }
    }

    private mutating func stepInCode(_ parentheses: Int) {
        let plain = countBytes(notIn: Self.marksInCode)
        if plain > 0 { return take(plain, .code) }
        if follows("//") {
            scopes.append(.lineComment)
            return take(2, .comment)
        }
        if follows("/*") {
            scopes.append(.blockComment(depth: 1))
            return take(2, .comment)
        }
        let hashes = bytes[place...].prefix { $0 == UInt8(ascii: "#") }.count
        if follows("\"", after: hashes) {
            let isMultiline = follows("\"\"\"", after: hashes)
            scopes.append(.text(hashes: hashes, isMultiline: isMultiline))
            return take(hashes + (isMultiline ? 3 : 1), .text)
        }
        if follows("(") { scopes[scopes.count - 1] = .code(parentheses: parentheses + 1) }
        if follows(")") {
            if scopes.count > 1, parentheses == 0 {
                scopes.removeLast()
                return take(1, .text)
            }
            scopes[scopes.count - 1] = .code(parentheses: parentheses - 1)
        }
        take(max(1, hashes), .code)
    }

    private mutating func stepInBlockComment(_ depth: Int) {
        if follows("/*") {
            scopes[scopes.count - 1] = .blockComment(depth: depth + 1)
            take(2, .comment)
        } else if follows("*/") {
            if depth == 1 { scopes.removeLast() } else { scopes[scopes.count - 1] = .blockComment(depth: depth - 1) }
            take(2, .comment)
        } else {
            take(1, .comment)
        }
    }

    private mutating func stepInText(_ hashes: Int, _ isMultiline: Bool) {
        // Most of a literal is neither its end nor a backslash.
        let plain = countBytes(notIn: Self.marksInText)
        if plain > 0 { return take(plain, .text) }
        let fence = String(repeating: "#", count: hashes)
        let end = (isMultiline ? "\"\"\"" : "\"") + fence
        if follows(end) {
            scopes.removeLast()
            return take(end.utf8.count, .text)
        }
        // A one-line literal cannot pass the end of its line: what looked like one was none.
        if !isMultiline, follows("\n") {
            scopes.removeLast()
            return take(1, .code)
        }
        if follows("\\" + fence + "(") {
            scopes.append(.code(parentheses: 0))
            return take(hashes + 2, .text)
        }
        take(follows("\\" + fence) ? hashes + 2 : 1, .text)
    }

    private static func marks(_ characters: String) -> [Bool] {
        var table = [Bool](repeating: false, count: 256)
        for byte in characters.utf8 { table[Int(byte)] = true }
        return table
    }

    private func countBytes(notIn marks: [Bool]) -> Int {
        var end = place
        while end < bytes.count, !marks[Int(bytes[end])] { end += 1 }
        return end - place
    }

    private func follows(_ text: String, after offset: Int = 0) -> Bool {
        bytes[min(place + offset, bytes.count)...].starts(with: text.utf8)
    }

    private mutating func take(_ count: Int, _ kind: Kind) {
        let end = min(place + count, bytes.count)
        let newline = UInt8(ascii: "\n")
        let blank = UInt8(ascii: " ")
        while place < end {
            let byte = bytes[place]
            code.append(kind == .code || byte == newline ? byte : blank)
            comments.append(kind == .comment || byte == newline ? byte : blank)
            place += 1
        }
    }
}
