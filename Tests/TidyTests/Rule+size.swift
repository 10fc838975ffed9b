extension Rule {
    static let fileSize = Rule("no file has more than 600 lines") { file in
        guard file.isSwift, file.lineCount > 600 else { return [] }
        return [Offence(file, "\(file.lineCount) lines")]
    }

    static let functionSize = Rule("no function has more than 60 lines") { file in
        guard file.isSwift else { return [] }
        return file.code.indices.compactMap { line in
            guard file.code[line].mentions(["func", "init", "subscript"]),
                file.code[line].has(/\b(func\s+\S|init[?!]?\s*[(<]|deinit\b|subscript\s*[(<])/),
                // A call of an initialiser is no declaration.
                !file.code[line].has(/(\.|=\s*|return\s+|\()init[?!]?\s*\(/),
                let end = lastLine(ofBodyFrom: line, in: file.code), end - line + 1 > 60
            else { return nil }
            let head = file.lines[line].trimmingPrefix { $0 == " " }
            return Offence(file, line: line + 1, "\(end - line + 1) lines: \(head)")
        }
    }

    /// Where the braces opened by a declaration close; `nil` when it has none, as in a protocol.
    private static func lastLine(ofBodyFrom start: Int, in code: [String]) -> Int? {
        var parentheses = 0
        var braces = 0
        for line in start..<code.count {
            let isNextDeclaration = code[line].contains(
                /^\s*(public |private |static |mutating )*(func|var|let|init)\b/)
            if line > start, braces == 0, parentheses == 0, isNextDeclaration { return nil }
            for character in code[line] {
                switch character {
                case "(", "[": parentheses += 1
                case ")", "]": parentheses -= 1
                case "{" where parentheses == 0 || braces > 0: braces += 1
                case "}" where braces == 1: return line
                case "}" where braces > 1: braces -= 1
                case "}" where parentheses == 0: return nil
                default: break
                }
            }
        }
        return nil
    }

    /// The middle file by length; the lower of two middles.
    static func medianLines(of files: [SourceFile]) -> Int {
        let counts = files.filter(\.isSwift).map(\.lineCount).sorted()
        return counts.isEmpty ? 0 : counts[(counts.count - 1) / 2]
    }
}
