import SessionCrypto
import SessionProtocol

extension Topology {
    /// What a simulation of this topology depends on, in 16 hex digits.
    ///
    /// BLAKE2b (8 bytes) of the canonical YAML (``yaml``), without what a replay is told otherwise (`name`,
    /// `seed`, `mode`) and without what a simulation ignores (`tls`, `listenIP`, `ledger.rpcPort`), so that a file and the
    /// copy of it that a run keeps agree.
    public var contentHash: String {
        let defaults = Topology()
        var content = self
        content.name = defaults.name
        content.seed = defaults.seed
        content.mode = defaults.mode
        content.tls = defaults.tls
        content.listenIP = defaults.listenIP
        content.ledger.rpcPort = defaults.ledger.rpcPort
        return Hex.encode(Digest.blake2b(Bytes(content.yaml.utf8), length: 8))
    }

    /// The network that is started to run this topology once. Under a load that is the topology itself. `testnet verify`
    /// starts as many clients as its messages need, whatever ``clients`` says.
    public var ofRun: Topology {
        guard load == nil else { return self }
        var network = self
        network.clients.count = max(TopologyRules.clientCount.lowerBound, verification.messages)
        return network
    }
}
