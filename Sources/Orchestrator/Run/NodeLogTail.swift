/// The end of a node's log.
enum NodeLogTail {
    /// - Returns: at most `count` lines, oldest first, with names in place of keys; none when the node never wrote any.
    static func lines(of node: String, in directory: RunDirectory, count: Int) -> [String] {
        // Without a log, or a run, there are no last lines: that is the answer, not a failure.
        guard let reader = try? LogReader(directory: directory, nodes: [node], lines: count) else { return [] }
        return reader.existing().map { ShownLogLine($0, names: reader.names).text }
    }
}
