import Ledger
import NodeRuntime
import SessionProtocol

extension Testnet {
    /// Waits until every node that runs knows the ledger's top block, as the ledger shows it to that node, and has nothing
    /// left to hand over, to fetch or to erase.
    /// - Throws: ``NetworkError/notSettled(after:nodes:)``
    public func waitUntilSettled(timeout: Duration = .seconds(60)) async throws {
        try await waitUntilSettled(among: nil, timeout: timeout)
    }

    /// - Parameter few: only these are waited for; `nil`: all.
    func waitUntilSettled(among few: Set<String>?, timeout: Duration) async throws {
        let limit = clock.uptime + timeout
        while true {
            let unsettled = await unsettledNodes(among: few)
            if unsettled.isEmpty { return }
            guard clock.uptime < limit else { throw NetworkError.notSettled(after: timeout, nodes: unsettled) }
            try await clock.sleep(for: Self.settlingInterval)
        }
    }

    /// Nodes settle in a few round trips; asking them is cheap.
    private static let settlingInterval = Duration.milliseconds(50)

    /// What each node still waits for.
    private func unsettledNodes(among few: Set<String>?) async -> [String] {
        // A restart of the ledger takes a moment; what nodes hand over to each other goes on meanwhile.
        guard !isLedgerClosed else { return ["the ledger is not open"] }
        let top = await ledger.daemon.status
        var unsettled: [String] = []
        for name in names where few?.contains(name) ?? true {
            guard let node = nodes[name], await node.state == .running else { continue }
            let found =
                if let external = node.external {
                    await reasonNotSettled(external, at: top)
                } else {
                    await reason(node, isNotSettledAt: top)
                }
            guard let reason = found else { continue }
            unsettled.append("\(name) \(reason)")
        }
        return unsettled
    }

    private func reason(_ node: any RunningNode, isNotSettledAt top: LedgerStatus) async -> String? {
        let report: NodeReport
        do {
            report = try await node.report()
        } catch {
            return "does not answer: \(error)"
        }
        let lag = lags[node.member.name] ?? 0
        let wanted = top.height - min(top.height, lag)
        guard let height = report.height, height >= wanted else {
            return "knows block \(report.height.map(String.init) ?? "-") of \(wanted)"
        }
        if height == top.height, report.blockHash != top.topHash.hex { return "knows another block \(height)" }
        guard report.isSettled else { return "has \(report.pendingTransfers) transfers pending" }
        return nil
    }
}
