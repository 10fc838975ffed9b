/// Lines that fit.
enum TextCut {
    /// Cut to so many characters, the last of them an ellipsis if anything is missing.
    static func to(_ width: Int, _ text: String) -> String {
        guard width > 0, text.count > width else { return text }
        return text.prefix(width - 1) + "…"
    }

    /// Broken between words, none of the lines longer than `width` unless a word is. Never empty.
    static func wrapped(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let line = lines.last, line.count + 1 + word.count <= width {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.isEmpty ? [""] : lines
    }

    /// A beginning and words that go on under it, indented.
    static func listing(_ beginning: String, _ words: [String], width: Int?) -> [String] {
        let whole = ([beginning] + words).joined(separator: " ")
        guard let width, whole.count > width else { return [whole] }
        return wrapped(whole, to: width - 2).enumerated().map { $0.offset == 0 ? $0.element : "  \($0.element)" }
    }
}
