/// What a syntax error in YAML most likely is, in words: a parser only tells what it expected.
struct YAMLFault {
    /// Counted from 1.
    let line: Int
    let problem: String

    /// - Parameters:
    ///   - problem: the parser's words.
    ///   - line: where it gave up, counted from 1.
    ///   - text: the whole file.
    init(_ problem: String, line: Int, in text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Line($0) }
        if let tabbed = Self.tabbed(lines, around: line) {
            self.line = tabbed
            self.problem = "the line is indented with a tab; indent with spaces"
        } else if let (line, explanation) = Self.misplaced(lines, at: line, problem) {
            self.line = line
            self.problem = explanation
        } else {
            self.line = line
            // The parser's words name a function of its own.
            let isTooDeep = problem.contains("Maximum nesting level")
            self.problem = isTooDeep ? "lists and mappings lie deeper in each other than in any topology" : problem
        }
    }

    private struct Line {
        let indentation: Int
        let hasTab: Bool
        /// Nothing but space or a comment.
        let isEmpty: Bool
        let opensBlock: Bool
        /// Where what belongs to it begins at the least.
        let contentColumn: Int

        init(_ text: Substring) {
            let space = text.prefix { $0 == " " || $0 == "\t" }
            indentation = space.count
            hasTab = space.contains("\t")
            let content = text.dropFirst(space.count)
            isEmpty = content.isEmpty || content.hasPrefix("#") || content == "\r"
            let meaning = content.split(separator: " #", maxSplits: 1).first ?? content
            contentColumn = indentation + (content.hasPrefix("- ") ? 2 : 1)
            opensBlock = meaning.trimmingSuffix { $0.isWhitespace }.hasSuffix(":") || content.hasPrefix("- ")
        }
    }

    /// The parser may notice at the line after it.
    private static func tabbed(_ lines: [Line], around line: Int) -> Int? {
        [line, line - 1].first { lines.indices.contains($0 - 1) && lines[$0 - 1].hasTab }
    }

    /// Words of the parser behind which a line that begins in the wrong column may stand.
    private static let wordsOfIndentation = [
        "mapping values are not allowed", "did not find expected key", "did not find expected '-' indicator",
        "could not find expected ':'", "did not find expected <document start>",
        "block sequence entries are not allowed",
    ]

    private static func misplaced(_ lines: [Line], at line: Int, _ problem: String) -> (Int, String)? {
        guard wordsOfIndentation.contains(where: problem.contains), lines.indices.contains(line - 1) else { return nil }
        let current = lines[line - 1]
        let above = lines.prefix(line - 1).enumerated().filter { !$0.element.isEmpty }
        guard !current.isEmpty, let last = above.last else { return nil }
        if current.indentation > last.element.indentation,
            !last.element.opensBlock || current.indentation < last.element.contentColumn
        {
            return (
                line,
                "the line is indented by \(spaces(current.indentation)), deeper than line \(last.offset + 1), which has "
                    + "a value already; begin both in the same column, or end the upper one with ':'"
            )
        }
        // What is still open above: each line that begins further left than all below it.
        var open: [Int] = []
        for (_, line) in above.reversed() where line.indentation < open.last ?? .max { open.append(line.indentation) }
        guard current.indentation < last.element.indentation, !open.contains(current.indentation) else { return nil }
        return (
            line,
            "the line is indented by \(spaces(current.indentation)), and what it could belong to by "
                + open.reversed().map(String.init).joined(separator: " or ") + "; lines that belong together begin in "
                + "the same column"
        )
    }

    private static func spaces(_ count: Int) -> String { count == 1 ? "1 space" : "\(count) spaces" }
}

extension Substring {
    fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, matches(last) { rest = rest.dropLast() }
        return rest
    }
}
