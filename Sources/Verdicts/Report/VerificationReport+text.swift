import NodeRuntime

extension VerificationReport {
    /// Lines for a terminal, without a newline at the end. Long lists are cut; the JSON has them whole.
    public var text: String {
        var lines = [
            "verdict: \(verdict.rawValue)",
            "seed \(seed.map(String.init) ?? "unknown") · \(mode ?? "mode unknown") · \(nodes) nodes · \(swarms) swarms",
            "crypto \(crypto ?? "unknown") · history \(historyHash)",
        ]
        let times = [
            ("ready", readyMilliseconds), ("first message", firstMessageMilliseconds), ("down", downMilliseconds),
        ]
        let known = times.compactMap { name, time in time.map { "\(name) \($0) ms" } }
        if !known.isEmpty { lines.append(known.joined(separator: " · ")) }
        lines.append(
            "messages: \(messages.sent) sent · \(messages.delivered) delivered · "
                + "\(messages.fullyReplicated) fully replicated"
                + (messages.withheld > 0 ? " · \(messages.withheld) copies withheld from older servers" : ""))
        for (check, finding) in judgement.findings {
            lines.append("  \(finding.verdict.rawValue.padded(to: 12)) \(check.asSentence)")
            lines += Self.cut(finding.violations.map(\.text) + finding.doubts + finding.notes).map { "    - \($0)" }
        }
        if unreadable.endsMidLine { lines.append("the log ends in half a line") }
        for (kind, count) in unreadable.unknownKinds.sorted(by: { $0.key < $1.key }) {
            lines.append("the log has \(count) events of the unknown kind \(kind)")
        }
        return lines.joined(separator: "\n")
    }

    private static func cut(_ lines: [String]) -> [String] {
        let most = 10
        guard lines.count > most else { return lines }
        return lines.prefix(most) + ["and \(lines.count - most) more"]
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    /// A camel-case name as words.
    fileprivate var asSentence: String {
        reduce(into: "") { text, letter in text += letter.isUppercase ? " \(letter.lowercased())" : String(letter) }
    }
}
