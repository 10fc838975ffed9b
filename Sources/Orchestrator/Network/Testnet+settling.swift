import Ledger
import NodeRuntime
import SessionProtocol

extension Testnet {
    /// Waits until every node that runs knows the ledger's top block, as the ledger shows it to that node, and has nothing
    /// left to hand over, to fetch or to erase.
    /// - Throws: ``NetworkError/notSettled(after:nodes:)``
    public func waitUntilSettled(timeout: Duration = .seconds(60)) async throws {
        let limit = clock.uptime + timeout
        while true {
            let unsettled = await unsettledNodes(among: nil)
            if unsettled.isEmpty { return }
            guard clock.uptime < limit else {
                throw NetworkError.notSettled(after: timeout, nodes: Self.sentences(unsettled))
            }
            try await clock.sleep(for: Self.settlingInterval)
        }
    }

    /// Waits until nodes that leave have nothing left to hand over, for as long as they get on with it.
    /// - Parameter timeout: how long no step may be made.
    func waitUntilHandedOver(by leavers: Set<String>, timeout: Duration) async throws {
        var limit = clock.uptime + timeout
        var steps: [String: Int] = [:]
        while true {
            let unsettled = await unsettledNodes(among: leavers)
            if unsettled.isEmpty { return }
            let made = unsettled.compactMapValues(\.steps)
            if made != steps {
                steps = made
                limit = clock.uptime + timeout
            }
            guard clock.uptime < limit else {
                throw NetworkError.notSettled(after: timeout, nodes: Self.sentences(unsettled))
            }
            try await clock.sleep(for: Self.settlingInterval)
        }
    }

    /// What a node still waits for.
    private struct Unsettled {
        var reason: String
        /// Of its transfers; `nil` when it does not tell.
        var steps: Int?
    }

    private static func sentences(_ unsettled: [String: Unsettled]) -> [String] {
        NaturalOrder.sorted(unsettled.keys).map { "\($0) \(unsettled[$0]?.reason ?? "")" }
    }

    /// Nodes settle in a few round trips; asking them is cheap.
    private static let settlingInterval = Duration.milliseconds(50)

    /// Those that still wait for something.
    /// - Parameter few: only these are asked; `nil`: all.
    private func unsettledNodes(among few: Set<String>?) async -> [String: Unsettled] {
        // A restart of the ledger takes a moment; what nodes hand over to each other goes on meanwhile.
        guard !isLedgerClosed else { return ["the ledger": Unsettled(reason: "is not open")] }
        let top = await ledger.daemon.status
        var unsettled: [String: Unsettled] = [:]
        // To sort all names of a large network takes longer than to ask few.
        for name in few.map({ NaturalOrder.sorted($0) }) ?? names {
            guard let node = nodes[name], await node.state == .running else { continue }
            if let external = node.external {
                unsettled[name] = await reasonNotSettled(external, at: top).map { Unsettled(reason: $0) }
            } else {
                unsettled[name] = await reason(node, isNotSettledAt: top)
            }
        }
        return unsettled
    }

    private func reason(_ node: any RunningNode, isNotSettledAt top: LedgerStatus) async -> Unsettled? {
        let report: NodeReport
        do {
            report = try await node.report()
        } catch {
            return Unsettled(reason: "does not answer: \(error)")
        }
        let lag = lags[node.member.name] ?? 0
        let wanted = top.height - min(top.height, lag)
        let reason: String
        if let height = report.height, height >= wanted {
            if height == top.height, report.blockHash != top.topHash.hex {
                reason = "knows another block \(height)"
            } else if report.isSettled {
                return nil
            } else {
                reason = "has \(report.pendingTransfers) transfers pending"
            }
        } else {
            reason = "knows block \(report.height.map(String.init) ?? "-") of \(wanted)"
        }
        return Unsettled(reason: reason, steps: report.transferSteps)
    }
}
