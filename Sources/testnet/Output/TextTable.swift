import SessionProtocol

/// Columns under their titles, each as wide as its widest cell.
struct TextTable {
    let titles: [String]
    let rows: [[String]]

    var lines: [String] {
        var widths = titles.map(\.count)
        for row in rows { for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) } }
        return ([titles] + rows).map { cells in
            zip(cells, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
                .joined(separator: "  ").replacing(/\ +$/, with: "")
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
