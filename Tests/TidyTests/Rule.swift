import Foundation

/// A place that breaks a rule.
struct Offence: Equatable, CustomStringConvertible {
    var path: String
    /// From 1; `nil` when the file as a whole offends.
    var line: Int?
    var text: String

    init(_ file: SourceFile, line: Int? = nil, _ text: String) {
        path = file.path
        self.line = line
        self.text = text
    }

    var description: String { "\(path)\(line.map { ":\($0)" } ?? ""): \(text)" }
}

/// Something the sources must not do.
struct Rule: Sendable, CustomStringConvertible {
    /// A sentence.
    var name: String
    var offences: @Sendable (SourceFile) -> [Offence]

    var description: String { name }

    init(_ name: String, offences: @escaping @Sendable (SourceFile) -> [Offence]) {
        self.name = name
        self.offences = offences
    }

    /// Names each line for which `isOffence` holds.
    /// - Parameter words: only a line with one of these is looked at, as patterns are slow.
    init(
        _ name: String, in applies: @escaping @Sendable (SourceFile) -> Bool, near words: [String],
        lines isOffence: @escaping @Sendable (SourceFile, Int) -> Bool
    ) {
        self.init(name) { file in
            guard applies(file) else { return [] }
            return file.lines.indices.filter { file.lines[$0].mentions(words) && isOffence(file, $0) }.map { line in
                Offence(file, line: line + 1, file.lines[line].trimmingPrefix { $0 == " " }.description)
            }
        }
    }
}

extension String {
    /// Whether one of the words occurs: a plain search, many times faster than a pattern.
    func mentions(_ words: [String]) -> Bool { words.contains { strstr(self, $0) != nil } }

    /// Whether the pattern occurs. A dot ends a word here, as in code; by Unicode's default it may join two.
    func has(_ pattern: some RegexComponent) -> Bool { contains(pattern.regex.wordBoundaryKind(.simple)) }
}
