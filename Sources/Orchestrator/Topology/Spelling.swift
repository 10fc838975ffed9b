/// Finds what somebody meant who mistyped a word.
public enum Spelling {
    /// - Returns: the candidate that differs least from the word, the first of equals; `nil` if none is near.
    ///
    /// Case, `-` and `_` do not count. A candidate is near if it begins with the word, or if at most a third of its
    /// letters (at least one) are wrong, missing, extra or swapped with their neighbour.
    public static func nearest(to word: String, among candidates: [String]) -> String? {
        let typed = plain(word)
        guard !typed.isEmpty else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let wanted = plain(candidate)
            var distance = distance(typed, wanted)
            let tolerated = max(1, wanted.count / 3)
            if typed.count > 2, wanted.starts(with: typed) { distance = min(distance, tolerated) }
            guard distance <= tolerated, distance < (best?.distance ?? .max) else { continue }
            best = (candidate, distance)
        }
        return best?.candidate
    }

    private static func plain(_ word: String) -> [UInt8] {
        word.lowercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }
    }

    /// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
