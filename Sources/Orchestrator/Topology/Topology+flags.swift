extension Topology {
    /// A field that a flag may set.
    public enum Override: Sendable, CaseIterable {
        case name
        case seed
        case mode
        case crypto
        case nodeCount
        case clientCount
        case listenIP
        case rpcPort
        case blockTime
        case preset
        case stake
        case swarmPolicy
        case timeScale
        case messages
        case kill
        case timeout
        case load
        case minutes
        case inventory
        case profile
        case mischief

        /// The field's path in a file.
        fileprivate var path: String {
            switch self {
            case .name: "name"
            case .seed: "seed"
            case .mode: "mode"
            case .crypto: "crypto"
            case .nodeCount: "nodes.count"
            case .clientCount: "clients.count"
            case .listenIP: "listenIP"
            case .rpcPort: "ledger.rpcPort"
            case .blockTime: "ledger.blockTime"
            case .preset: "ledger.preset"
            case .stake: "ledger.stake"
            case .swarmPolicy: "ledger.swarmPolicy"
            case .timeScale: "ledger.timeScale"
            case .messages: "verification.messages"
            case .kill: "verification.kill"
            case .timeout: "verification.timeout"
            case .load: "load.name"
            case .minutes: "load.minutes"
            case .inventory: "load.inventory"
            case .profile: "network.profile"
            case .mischief: "network.mischief"
            }
        }
    }

    /// A flag as it was given.
    public struct Flag: Sendable {
        let field: Override
        let text: String
        let name: String

        /// - Parameter name: of the flag, which errors begin with: `--nodes is 0, outside 1–10000; …`.
        public init(_ field: Override, _ text: String, name: String) {
            self.field = field
            self.text = text
            self.name = name
        }
    }

    /// A network with flags over it, by the rules that hold in files.
    ///
    /// - Parameter base: what holds where no flag says otherwise.
    /// - Throws: all that is wrong with them.
    public init(flags: [Flag], over base: Topology = Topology()) throws(TopologyErrors) {
        self = base
        try finish(with: flags, after: [], places: [:])
    }

    /// Sets what flags say, then checks the fields against one another.
    ///
    /// - Parameters:
    ///   - errors: what was found wrong before.
    ///   - places: where the fields that a file gave stand, by path.
    mutating func finish(
        with flags: [Flag], after errors: [TopologyError], places: [String: TopologyPlace]
    ) throws(TopologyErrors) {
        var errors = errors
        var places = places
        for flag in flags {
            let place = TopologyPlace(source: flag.name, line: nil, field: flag.name)
            places[flag.field.path] = place
            do throws(TopologyError.Reason) {
                try set(flag.field, to: flag.text)
            } catch {
                errors.append(TopologyError(at: place, error))
            }
        }
        // Fields that were not understood have their defaults, which say nothing about the others.
        if errors.isEmpty { errors = contradictions(places) }
        guard errors.isEmpty else { throw TopologyErrors(errors: errors) }
    }

    private mutating func set(_ field: Override, to text: String) throws(TopologyError.Reason) {
        switch field {
        case .name: name = try TopologyRules.runName(text)
        case .seed: seed = try TopologyRules.seed(text)
        case .mode: mode = try TopologyRules.word(text)
        case .crypto: crypto = try TopologyRules.word(text)
        case .nodeCount:
            nodes = .count(try TopologyRules.nodeCount(text))
            // They were some of the nodes that a list named.
            externals = [:]
        case .clientCount: clients.count = try TopologyRules.clientCount(text)
        case .listenIP: listenIP = try TopologyRules.address(text)
        case .rpcPort: ledger.rpcPort = try TopologyRules.rpcPort(text)
        case .blockTime: ledger.blockTime = try TopologyRules.blockTime(text)
        case .preset: ledger.preset = try TopologyRules.word(text)
        case .stake: ledger.stake = try TopologyRules.stake(text)
        case .swarmPolicy: ledger.swarmPolicy = try TopologyRules.word(text)
        case .timeScale: ledger.timeScale = try TopologyRules.timeScale(text)
        case .messages: verification.messages = try TopologyRules.messageCount(text)
        case .kill: verification.kill = try TopologyRules.name(text)
        case .timeout: verification.timeoutSeconds = try TopologyRules.timeoutSeconds(text)
        case .load, .minutes, .inventory: try setLoad(field, to: text)
        case .profile: network.profile = try TopologyRules.word(text)
        case .mischief: network.mischief = try TopologyRules.word(text)
        }
    }

    private mutating func setLoad(_ field: Override, to text: String) throws(TopologyError.Reason) {
        var changed = load ?? LoadSettings()
        switch field {
        case .load: changed.name = try TopologyRules.word(text)
        case .minutes: changed.minutes = try TopologyRules.minutes(text)
        case .inventory: changed.takesInventory = try TopologyRules.truth(text)
        default: return
        }
        load = changed
    }
}
