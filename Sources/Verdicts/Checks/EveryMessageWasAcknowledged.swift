import SessionProtocol

/// No store was refused or left without an answer; what was while somebody's disk could not be written proves nothing.
public struct EveryMessageWasAcknowledged: Check {
    public let name = "everyMessageWasAcknowledged"

    public init() {}

    public func examine(_ history: History) -> Finding {
        var finding = Finding()
        if history.sent.isEmpty, history.refused.isEmpty { finding.doubt(noMessages) }
        for message in history.refused {
            if let trouble = history.diskTrouble(at: message.position) {
                finding.doubt(
                    "messages were not acknowledged while \(trouble.source) could not write to its disk: \(trouble.reason)"
                )
                continue
            }
            finding.violations.append(
                Violation(
                    "message \(message.number) to \(history.name(of: message.account)) was not acknowledged: \(message.reason)",
                    message: message.number, account: message.account))
        }
        return finding
    }
}

/// The doubt of every check that needs messages and has none.
let noMessages = "no message was sent"
/// The doubt of every check that needs to know who belongs where.
let noSwarms = "the ledger assigned no swarm"
