import Ledger
import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

/// A ledger, the nodes that could join it and one wallet that pays for all of them.
struct TestNetwork {
    static let seed: UInt64 = 7
    static let wallet = WalletKeys(networkSeed: seed, name: "operator")
    static let stranger = NodeKeys(networkSeed: seed, name: "stranger").x25519.publicKey

    /// Those of the paper's network.
    static let rules = LedgerRules.whitepaper2020

    let nodes: [NodeKeys]
    let clock = TestClock()
    let transport = TestTransport()
    let events = TestEventLog()
    let ledger: LedgerDaemon

    /// - Parameter rules: of the ledger; registrations are worded by ``rules``.
    init(
        nodes count: Int, blockTime: LedgerConfiguration.BlockTime = .auto, rules: LedgerRules = Self.rules,
        archive: (any BlockArchive)? = nil
    ) async throws {
        nodes = Self.keys(count)
        ledger = try LedgerDaemon(
            configuration: LedgerConfiguration(
                genesis: Self.genesis(for: count, rules: rules), blockTime: blockTime, archive: archive),
            environment: LedgerEnvironment(
                clock: clock, transport: transport, randomness: SeededRandomness(seed: 1), events: events))
        _ = try await ledger.open()
        for (index, keys) in nodes.enumerated() {
            await ledger.adopt(keys, publicIP: IPv4Address(127, 1, 0, UInt8(index + 1)))
        }
    }

    static func keys(_ count: Int) -> [NodeKeys] {
        (0..<count).map { NodeKeys(networkSeed: seed, name: "sn\($0 + 1)") }
    }

    static func genesis(for nodes: Int, rules: LedgerRules = Self.rules) -> Genesis {
        Genesis(
            networkSeed: seed, balances: [wallet.address: .coins(18_550 * UInt64(nodes) + 1_000)], rules: rules,
            timestamp: TestClock.epoch / 1_000)
    }

    /// - Parameter nonce: `nil` gives each node another one.
    static func registration(of keys: NodeKeys, nonce: UInt64? = nil) -> LedgerTransaction {
        let own = keys.legacy.publicKey.bytes.prefix(4).reduce(UInt64.zero) { $0 << 8 | UInt64($1) }
        return .registration(
            RegistrationTransaction(
                node: keys.legacy, operator: wallet, stake: .coins(18_550), rules: rules,
                signedAt: TestClock.epoch / 1_000, nonce: nonce ?? own))
    }

    /// Registers every node in one call.
    func register() async throws { try await ledger.submit(nodes.map { Self.registration(of: $0) }) }

    /// Everybody is registered, has pinged and has proved itself.
    static func live(
        nodes count: Int, rules: LedgerRules = Self.rules, archive: (any BlockArchive)? = nil
    ) async throws -> TestNetwork {
        let network = try await TestNetwork(nodes: count, rules: rules, archive: archive)
        try await network.register()
        for index in 0..<count { try await network.ping(index) }
        return network
    }

    /// A node's change that needs no votes.
    func forced(_ change: StateChange.Kind, _ index: Int) async throws {
        let height = await ledger.status.height
        try await ledger.submit([
            .stateChange(
                StateChange(
                    node: nodes[index].legacy.publicKey, change: change, quorumHeight: height,
                    authority: .operator(reasons: .storage)))
        ])
    }

    /// Sends a good ping in the name of one node.
    @discardableResult
    func ping(
        _ index: Int, httpsPort: Int = 22_021, omqPort: Int = 22_020, extra: [String: JSON] = [:]
    ) async throws -> JSON {
        let keys = nodes[index]
        let good: [String: JSON] = [
            "version": [2, 8, 0], "https_port": .int(httpsPort), "omq_port": .int(omqPort),
            "pubkey_ed25519": .string(keys.ed25519.publicKey.hex),
        ]
        return try await result(
            "admin.storage_server_ping", .object(good.merging(extra) { $1 }), as: keys.x25519.publicKey)
    }

    /// The second part of a reply whose first is 200.
    func result(
        _ command: String, _ params: JSON = [:], as caller: X25519PublicKey = stranger
    ) async throws -> JSON {
        let reply = try #require(await transport.call(command, [params.utf8], as: caller))
        #expect(reply.first == Bytes("200".utf8), "\(reply.map { String(decoding: $0, as: UTF8.self) })")
        return try JSON(parsing: try #require(reply.last))
    }

    /// The reply's parts as text.
    func reply(
        _ command: String, _ params: String, as caller: X25519PublicKey = stranger
    ) async throws -> [String] {
        try #require(await transport.call(command, [Bytes(params.utf8)], as: caller))
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
