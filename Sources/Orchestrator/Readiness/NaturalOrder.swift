/// Names as people sort them: n2 before n10.
public enum NaturalOrder {
    public static func sorted(_ names: some Sequence<String>) -> [String] {
        // Each name is taken apart once, not for each comparison.
        names.map(key).sorted { $0 < $1 }.map(\.2)
    }

    /// By the text before the trailing digits, then by their number.
    public static func precedes(_ left: String, _ right: String) -> Bool { key(left) < key(right) }

    private static func key(_ name: String) -> (String, Int, String) {
        let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
        return (String(name.dropLast(digits)), Int(name.suffix(digits)) ?? -1, name)
    }
}
