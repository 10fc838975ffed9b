/// What a terminal shows after some text: lines break at its width, scroll away at its height, and are erased and gone back
/// to as the program asks.
struct ScreenOfText {
    private let columns: Int
    private let rows: Int
    private var lines: [[Character]] = [[]]
    private var (row, column) = (0, 0)
    /// Those that have scrolled away, and those on the screen.
    private(set) var scrolled: [String] = []
    var shown: [String] { lines.map { String($0) } }

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    mutating func write(_ text: String) {
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "\n": newLine()
            case "\r": column = 0
            case "\u{1b}":
                let code = rest.prefix { !$0.isLetter }
                let command = rest.dropFirst(code.count).first
                rest = rest.dropFirst(code.count + 1)
                if command == "A" { row = max(0, row - (Int(code.dropFirst()) ?? 1)) }
                if command == "K" { lines[row] = [] }
            default: put(character)
            }
        }
    }

    private mutating func put(_ character: Character) {
        if column == columns { newLine() }
        while lines[row].count <= column { lines[row].append(" ") }
        lines[row][column] = character
        column += 1
    }

    private mutating func newLine() {
        (row, column) = (row + 1, 0)
        if row == lines.count { lines.append([]) }
        guard lines.count > rows else { return }
        scrolled.append(String(lines.removeFirst()))
        row -= 1
    }
}
