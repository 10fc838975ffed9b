/// Where a value was given: a line of a file, or a flag.
struct TopologyPlace: Equatable {
    let source: String
    let line: Int?
    let field: String
}

extension TopologyError {
    init(at place: TopologyPlace, _ reason: Reason) {
        self.init(source: place.source, line: place.line, field: place.field, reason: reason)
    }
}

extension Topology {
    /// Values that are right by themselves and wrong beside others, in order of line; those of flags come last.
    ///
    /// - Parameter places: where the fields that were given stand, by path. Defaults contradict nothing.
    func contradictions(_ places: [String: TopologyPlace]) -> [TopologyError] {
        let found: [(path: String, reason: TopologyError.Reason?)] = [
            ("crypto", cryptoContradiction), ("clients.count", clientCountContradiction),
            ("ledger.timeScale", timeScaleContradiction), ("ledger.stake", coinsContradiction),
            ("verification.kill", killContradiction), ("network.profile", profileContradiction),
            ("network.mischief", mischiefContradiction),
        ]
        let errors = (found + externalContradictions).compactMap { path, reason in
            reason.map { TopologyError(at: places[path] ?? TopologyPlace(source: path, line: nil, field: path), $0) }
        }
        return errors.enumerated().sorted {
            ($0.element.line ?? .max, $0.offset) < ($1.element.line ?? .max, $1.offset)
        }.map(\.element)
    }

    private var externalContradictions: [(path: String, reason: TopologyError.Reason?)] {
        guard mode == .simulated else { return [] }
        return nodes.names.enumerated().compactMap { index, name in
            externals[name] == nil ? nil : ("nodes[\(index)].external", .neverSimulated)
        }
    }

    private var cryptoContradiction: TopologyError.Reason? {
        onlySimulated(crypto, default: .real)
    }

    private var profileContradiction: TopologyError.Reason? {
        onlySimulated(network.profile, default: NetworkConditions().profile)
    }

    private var mischiefContradiction: TopologyError.Reason? {
        onlySimulated(network.mischief, default: NetworkConditions().mischief)
    }

    /// Elsewhere such a value would be ignored without a word.
    private func onlySimulated<Choice: RawRepresentable<String> & Equatable>(
        _ choice: Choice, default allowed: Choice
    ) -> TopologyError.Reason? {
        guard choice != allowed, mode != .simulated else { return nil }
        return .onlySimulated(value: choice.rawValue, mode: mode.rawValue, instead: allowed.rawValue)
    }

    private var clientCountContradiction: TopologyError.Reason? {
        guard mode != .simulated, !TopologyRules.clientCount.contains(clients.count) else { return nil }
        return .outOfRange(value: String(clients.count), allowed: TopologyRules.clientCounts, fallback: "2")
    }

    private var timeScaleContradiction: TopologyError.Reason? {
        guard mode != .simulated, !TopologyRules.timeScale.contains(ledger.timeScale) else { return nil }
        return .outOfRange(value: String(ledger.timeScale), allowed: TopologyRules.timeScales, fallback: "1")
    }

    /// What all operators stake, and as much again for the treasury, must be a number of coins that the ledger can count.
    private var coinsContradiction: TopologyError.Reason? {
        let perNode = ledger.stakeCoinsAtMost
        let staked = perNode.multipliedReportingOverflow(by: UInt64(nodes.count))
        let most = LedgerSettings.mostCoins
        let total = staked.partialValue.addingReportingOverflow(ledger.supply ?? staked.partialValue)
        guard staked.overflow || total.overflow || total.partialValue > most else { return nil }
        return .tooManyCoins(value: String(perNode), nodes: nodes.count, supply: ledger.supply, most: most)
    }

    private var killContradiction: TopologyError.Reason? {
        let names = nodes.names
        guard let kill = verification.kill, !names.contains(kill), let first = names.first, let last = names.last else {
            return nil
        }
        guard case .named = nodes else {
            // Numbers are all alike: the nearest one says nothing.
            return .unknownNode(value: kill, nearest: nil, known: "\(first) to \(last)")
        }
        let known = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
        return .unknownNode(value: kill, nearest: Spelling.nearest(to: kill, among: names), known: known)
    }
}
