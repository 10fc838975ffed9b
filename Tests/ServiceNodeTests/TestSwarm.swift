import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Synchronization
import Testing

@testable import ServiceNode

/// Whole nodes that reach each other and a ledger through one in-memory network. Every message passes through
/// ``OMQDispatch`` on both sides, as on real sockets.
struct TestSwarm {
    /// How a node looks to the others.
    enum Condition: Sendable {
        case alive
        case silent
        case unreachable
        case refuses(String)
        /// Runs nothing and answers these frames.
        case answers([Bytes])
    }

    struct Member: Sendable {
        let keys: NodeKeys
        let clock: TestClock
        let transport: TestTransport
        let events: TestEventLog
        let files: TemporaryStore
        let node: ServiceNode

        var key: X25519PublicKey { keys.x25519.publicKey }
        /// How replies name the node.
        var name: String { keys.ed25519.publicKey.hex }
    }

    private final class Network: Sendable {
        struct State {
            var transports: [X25519PublicKey: TestTransport] = [:]
            var conditions: [X25519PublicKey: Condition] = [:]
            var table: JSON = .null
        }
        let state = Mutex(State())
        /// Whether members hear each other yet.
        let isOpen = Watched(true)
        let ledger = NodeKeys(networkSeed: 7, name: "ledger").x25519.publicKey

        func deliver(_ request: TestTransport.Request, from caller: X25519PublicKey) async -> OMQOutcome {
            let callee = request.peer.publicKey
            if callee == ledger { return answerAsLedger(request.command) }
            await isOpen.until { $0 }
            let (condition, transport) = state.withLock { ($0.conditions[callee] ?? .alive, $0.transports[callee]) }
            switch condition {
            case .silent: return .timedOut
            case .unreachable: return .unreachable("no route")
            case .refuses(let word): return .refused(word)
            case .answers(let parts): return .reply(parts)
            case .alive: return await call(transport, request.command, request.parts, from: caller)
            }
        }

        /// One request through both sides' dispatch.
        func call(
            _ transport: TestTransport?, _ command: String, _ parts: [Bytes], from caller: X25519PublicKey
        ) async -> OMQOutcome {
            let tag = Bytes("fifteen byte tag".utf8)
            let decision = OMQDispatch.decide(
                [Bytes(command.utf8), tag] + parts, onListener: true, caller: caller, isLedger: false,
                service: transport?.services.omq)
            var frames: [Bytes] = []
            switch decision {
            case .answer(let answer): frames = answer
            case .run(let command, let name, let tag, let parts):
                let caller = OMQCaller(
                    publicKey: caller, address: .loopback, connection: OMQConnection(route: [1]))
                guard let reply = await command.run(OMQCall(command: name, parts: parts, caller: caller)) else {
                    return .timedOut
                }
                frames = [Bytes("REPLY".utf8), tag ?? []] + reply
            default: break
            }
            guard
                case .reply(_, let outcome) = OMQDispatch.decide(
                    frames, onListener: false, caller: caller, isLedger: false, service: nil)
            else { return .timedOut }
            return outcome
        }

        private func answerAsLedger(_ command: String) -> OMQOutcome {
            switch command {
            case "sub.block": .reply([Bytes("OK".utf8)])
            case "rpc.get_service_nodes": .reply([Bytes("200".utf8), state.withLock { $0.table.utf8 }])
            default: .reply([Bytes("200".utf8), Bytes(#"{"status":"OK"}"#.utf8)])
            }
        }
    }

    let members: [Member]
    private let network = Network()

    /// - Parameters:
    ///   - count: how many nodes there are, in one swarm.
    ///   - skews: by node, how far its clock goes wrong.
    init(_ count: Int, skews: [Int: Int64] = [:]) throws {
        members = try (0..<count).map { [network] index in
            let keys = NodeKeys(networkSeed: 7, name: "sn\(index + 1)")
            let clock = TestClock(skew: skews[index] ?? 0)
            let transport = TestTransport(answer: { await network.deliver($0, from: keys.x25519.publicKey) })
            let files = try TemporaryStore()
            let events = TestEventLog()
            let node = ServiceNode(
                configuration: NodeConfiguration(
                    name: "sn\(index + 1)", keys: keys,
                    ledger: OMQPeer(address: .loopback, port: 1, publicKey: network.ledger, role: .ledger),
                    peerTesting: .off),
                environment: NodeEnvironment(
                    clock: clock, transport: transport, randomness: SeededRandomness(seed: UInt64(index)),
                    store: files.messages, events: events))
            return Member(keys: keys, clock: clock, transport: transport, events: events, files: files, node: node)
        }
        list(members.map { ListedNode($0.keys) })
    }

    /// Changes what the ledger answers.
    func list(_ nodes: [ListedNode], block: String = "b1", revision: Int = 3) {
        network.state.withLock { $0.table = ledgerTable(nodes, block: block, revision: revision) }
    }

    func set(_ condition: Condition, for member: Member) {
        network.state.withLock { $0.conditions[member.key] = condition }
    }

    /// Opens and runs every node, waits until all know the table and what the others hold, and stops them when `body`
    /// is done. Where a node is not alive from the start, nobody waits for it.
    func running(_ body: () async throws -> Void) async throws {
        // A node that asks another before that one knows the table is refused, and asks again much later.
        network.isOpen.withLock { $0 = false }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for member in members {
                let ports = try await member.node.open()
                network.state.withLock { $0.transports[member.key] = member.transport }
                group.addTask { try await member.node.run(ports: ports) }
            }
            for member in members { await member.events.until(.swarmEntered) }
            network.isOpen.withLock { $0 = true }
            if network.state.withLock({ $0.conditions.isEmpty }) { await settled() }
            try await body()
            group.cancelAll()
        }
    }

    /// Waits until no node has anything left to do. Time stands still meanwhile.
    func settled() async {
        for member in members { await member.transport.untilRequested("sn.data_hashes", count: members.count - 1) }
        // Only the last answers are on their way now. What a node is asked may give it something to do after it was
        // looked at, so all are looked at twice, and nobody may have asked anything meanwhile.
        var isQuiet = false
        while !isQuiet, !Task.isCancelled {
            await Task.yield()
            let asked = members.map(\.transport.requests.count)
            isQuiet =
                members.allSatisfy(\.node.standing.isSettled) && members.allSatisfy(\.node.standing.isSettled)
                && asked == members.map(\.transport.requests.count)
        }
    }

    /// Calls a client method at a node, as a stranger.
    func call(_ member: Member, _ method: String, _ parameters: JSON) async throws -> JSON {
        let outcome = await request(member, "storage.\(method)", [parameters.utf8])
        guard case .reply(let parts) = outcome, parts.count == 1 else {
            Issue.record("\(method) gave \(outcome)")
            return .null
        }
        return try JSON(parsing: parts[0])
    }

    /// Sends any request to a node.
    func request(
        _ member: Member, _ command: String, _ parts: [Bytes], from caller: X25519PublicKey = TestNode.stranger
    ) async -> OMQOutcome {
        await network.call(member.transport, command, parts, from: caller)
    }

    /// Pushes `notify.block` to a node, over the connection it opened to the ledger.
    func announceBlock(to member: Member) async throws {
        let decision = OMQDispatch.decide(
            [Bytes("notify.block".utf8), Bytes("7".utf8), Bytes(repeating: 7, count: 32)], onListener: false,
            caller: network.ledger, isLedger: true, service: member.transport.services.omq)
        guard case .run(let command, let name, _, let parts) = decision else {
            Issue.record("notify.block was not run: \(decision)")
            return
        }
        let caller = OMQCaller(
            publicKey: network.ledger, address: .loopback, connection: OMQConnection(route: [2]))
        #expect(await command.run(OMQCall(command: name, parts: parts, caller: caller)) == nil)
    }
}
