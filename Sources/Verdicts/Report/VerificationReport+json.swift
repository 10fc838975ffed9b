import NodeRuntime
import SessionProtocol

extension VerificationReport {
    /// One object; its compact text is the last line `verify --json` prints. Unknown figures are `null`.
    public var json: JSON {
        [
            "verdict": .string(verdict.rawValue),
            "seed": seed.map(JSON.uint) ?? .null,
            "mode": mode.map(JSON.string) ?? .null,
            "crypto": crypto.map(JSON.string) ?? .null,
            "historyHash": .string(historyHash.description),
            "nodes": .int(nodes),
            "swarms": .int(swarms),
            "readyMilliseconds": readyMilliseconds.map(JSON.integer) ?? .null,
            "firstMessageMilliseconds": firstMessageMilliseconds.map(JSON.integer) ?? .null,
            "downMilliseconds": downMilliseconds.map(JSON.integer) ?? .null,
            "messages": messages.json,
            "violations": .array(judgement.violations.map(\.json)),
            "inconclusive": .array(judgement.doubts.map(JSON.string)),
            "checks": .object(
                Dictionary(
                    judgement.findings.map { ($0.check, $0.finding.json) }, uniquingKeysWith: { first, _ in first })),
            "log": [
                "malformedLines": .int(unreadable.malformed.count),
                "unknownEvents": .object(unreadable.unknownKinds.mapValues(JSON.int)),
                "endsMidLine": .bool(unreadable.endsMidLine),
            ],
        ]
    }
}

extension MessageCounts {
    /// `sent`, `delivered` and `fullyReplicated`, and `withheld` where that is not 0.
    fileprivate var json: JSON {
        var fields: [String: JSON] = [
            "sent": .int(sent), "delivered": .int(delivered), "fullyReplicated": .int(fullyReplicated),
        ]
        if withheld > 0 { fields["withheld"] = .int(withheld) }
        return .object(fields)
    }
}

extension Violation {
    /// `check` and `text`, and of `message`, `account` and `node` those that apply.
    public var json: JSON {
        var fields: [String: JSON] = ["check": .string(check), "text": .string(text)]
        if let message { fields["message"] = .integer(message) }
        if let account { fields["account"] = .string(account.hex) }
        if let node { fields["node"] = .string(node) }
        return .object(fields)
    }
}

extension Finding {
    /// `verdict`, the number of `violations`, and the reasons for doubt; where something could not be asked or had of a
    /// server of another kind, `notAsked`.
    public var json: JSON {
        var fields: [String: JSON] = [
            "verdict": .string(verdict.rawValue), "violations": .int(violations.count),
            "inconclusive": .array(doubts.map(JSON.string)),
        ]
        if !notes.isEmpty { fields["notAsked"] = .array(notes.map(JSON.string)) }
        return .object(fields)
    }
}
