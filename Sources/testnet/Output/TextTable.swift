import SessionProtocol

/// Columns under their titles, each as wide as its widest cell, or as narrow as the terminal asks for.
struct TextTable {
    /// A column, and what may become of it where there is no room.
    struct Column: ExpressibleByStringLiteral {
        let title: String
        /// Its cells may be cut to this many characters, the last an ellipsis; `nil`: they stay whole.
        var shortest: Int?
        /// Whether it may be left out.
        var isSpare = false
        /// Whether its words may go on in more lines. Only the last column's can.
        var isWrapped = false

        init(_ title: String, shortest: Int? = nil, isSpare: Bool = false, isWrapped: Bool = false) {
            self.title = title
            self.shortest = shortest
            self.isSpare = isSpare
            self.isWrapped = isWrapped
        }

        init(stringLiteral title: String) { self.init(title) }
    }

    let columns: [Column]
    let rows: [[String]]
    /// Columns of the terminal; `nil`: as many as it takes.
    let width: Int?

    init(_ columns: [Column], rows: [[String]], width: Int? = nil) {
        self.columns = columns
        self.rows = rows
        self.width = width
    }

    private static let gap = 2
    /// No column is narrower than this, whatever the width.
    private static let narrowest = 6

    var lines: [String] {
        var shown = Array(columns.indices)
        let natural = columns.indices.map { column in
            max(columns[column].title.count, rows.map { $0[column].count }.max() ?? 0)
        }
        guard let width else { return lines(of: shown, natural) }
        let least = columns.indices.map { column in
            let words = columns[column].isWrapped ? Self.longestWord(in: rows.map { $0[column] }) : natural[column]
            return min(natural[column], max(columns[column].title.count, columns[column].shortest ?? words))
        }
        while Self.total(shown.map { columns[$0].isWrapped ? natural[$0] : least[$0] }) > width,
            let spare = shown.lastIndex(where: { columns[$0].isSpare })
        {
            shown.remove(at: spare)
        }
        var widths = natural
        // A row in two lines is harder to read than half a key.
        Self.narrow(
            &widths, of: shown, to: width,
            notBelow: zip(columns, zip(natural, least)).map { $0.isWrapped ? $1.0 : $1.1 })
        Self.narrow(&widths, of: shown, to: width, notBelow: least)
        // Names longer than anybody thought of: better cut than broken over lines.
        Self.narrow(&widths, of: shown, to: width, notBelow: widths.map { min($0, Self.narrowest) })
        return lines(of: shown, widths)
    }

    private static func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + gap * max(0, widths.count - 1) }

    /// Takes from the widest column that has something to give until all fit.
    private static func narrow(_ widths: inout [Int], of shown: [Int], to width: Int, notBelow least: [Int]) {
        while total(shown.map { widths[$0] }) > width {
            let candidates = shown.filter { widths[$0] > least[$0] }
            guard let widest = candidates.max(by: { (widths[$0], $0) < (widths[$1], $1) }) else { return }
            widths[widest] -= 1
        }
    }

    private static func longestWord(in cells: [String]) -> Int {
        cells.flatMap { $0.split(separator: " ") }.map(\.count).max() ?? 0
    }

    private func lines(of shown: [Int], _ widths: [Int]) -> [String] {
        ([columns.map(\.title)] + rows).flatMap { cells -> [String] in
            var parts = shown.map { [TextCut.to(widths[$0], cells[$0])] }
            if let last = shown.last, columns[last].isWrapped {
                parts[parts.count - 1] = TextCut.wrapped(cells[last], to: widths[last]).map {
                    TextCut.to(widths[last], $0)
                }
            }
            return (0..<(parts.map(\.count).max() ?? 1)).map { line in
                zip(parts, shown).map { part, column in
                    let cell = line < part.count ? part[line] : ""
                    return cell + String(repeating: " ", count: max(0, widths[column] - cell.count))
                }.joined(separator: String(repeating: " ", count: Self.gap)).replacing(/\ +$/, with: "")
            }
        }
    }

    /// A value as a table shows it.
    static func cell(_ value: JSON?) -> String {
        switch value {
        case nil, .null: "-"
        case .string(let text): text
        case .array(let values): values.map { cell($0) }.joined(separator: " ")
        case let value?: value.text
        }
    }
}
