extension Topology {
    /// A field that a flag may override.
    public enum Override: Sendable, CaseIterable {
        case name
        case seed
        case mode
        case nodeCount
        case clientCount
        case listenIP
        case rpcPort
        case blockTime
    }

    /// Sets a field from a flag's text, by the rules that hold in files.
    ///
    /// - Parameter flag: the flag's name, which the error begins with: `--nodes is 0, outside 1–10000; …`.
    public mutating func override(_ field: Override, with text: String, flag: String) throws(TopologyErrors) {
        do throws(TopologyError.Reason) {
            switch field {
            case .name: name = try TopologyRules.runName(text)
            case .seed: seed = try TopologyRules.seed(text)
            case .mode: mode = try TopologyRules.mode(text)
            case .nodeCount: nodes = .count(try TopologyRules.nodeCount(text))
            case .clientCount: clients.count = try TopologyRules.clientCount(text)
            case .listenIP: listenIP = try TopologyRules.address(text)
            case .rpcPort: ledger.rpcPort = try TopologyRules.rpcPort(text)
            case .blockTime: ledger.blockTime = try TopologyRules.blockTime(text)
            }
        } catch {
            throw TopologyErrors(errors: [TopologyError(source: flag, line: nil, field: flag, reason: error)])
        }
    }
}
