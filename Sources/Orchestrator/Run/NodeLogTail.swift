import Foundation

/// The end of a node's log.
public enum NodeLogTail {
    /// - Returns: at most `count` lines, oldest first; none when the node never wrote any.
    public static func lines(of path: String, count: Int) -> [String] {
        // A node without a log has no last lines: that is the answer, not a failure.
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").suffix(count).map(String.init)
    }
}
