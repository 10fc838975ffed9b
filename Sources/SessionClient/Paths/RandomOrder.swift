/// The numbers below a count in random order, drawn one at a time: a Fisher–Yates shuffle that goes only as far as it
/// is asked, and keeps only the places that differ from where they began.
struct RandomOrder {
    private let count: Int
    private var drawn = 0
    private var moved: [Int: Int] = [:]

    init(count: Int) { self.count = count }

    /// - Returns: each number once, then `nil`.
    mutating func next(using source: inout some RandomNumberGenerator) -> Int? {
        guard drawn < count else { return nil }
        let place = Int.random(in: drawn..<count, using: &source)
        let result = moved[place] ?? place
        moved[place] = moved[drawn] ?? drawn
        drawn += 1
        return result
    }
}
