/// Every line of the log could be read: an unreadable one may be the inventory that would have told. Unknown kinds and half a last line are no doubt.
public struct LogIsReadable: Check {
    public let name = "logIsReadable"

    public init() {}

    public func examine(_ history: History) -> Finding {
        var finding = Finding()
        for problem in history.unreadable.malformed {
            finding.doubt("line \(problem.line) of the log cannot be read: \(problem.reason)")
        }
        return finding
    }
}
