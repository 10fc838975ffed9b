import NodeRuntime
import SessionCrypto
import SessionProtocol
import Synchronization

/// Eight nodes behind a transport that really peels every onion with the nodes' own keys, and notes what each node saw.
final class FakeNetwork: Transport {
    static let seedURL = "http://127.0.0.1:1280"

    struct Node {
        let keys: NodeKeys
        let address: IPv4Address
        var url: String { "https://\(address):22021/onion_req/v2" }
    }

    /// What one node saw of one onion.
    struct Sighting: Equatable {
        var node: Int
        var hopNumber: Int
        var cipher: OnionCipher
        var ephemeralKey: X25519PublicKey
        /// The node it was told to hand on to.
        var next: Int?
        /// The method it was asked for itself.
        var method: String?
    }

    struct State {
        var dead: Set<Int> = []
        /// Nodes that swallow what they get.
        var silent: Set<Int> = []
        var swarm = [3, 4, 5, 6, 7]
        var mailboxes: [Int: [JSON]] = [:]
        var sightings: [Sighting] = []
        var knowsPathBuild = true
        var pageSize = 100
        /// Nodes whose signature over a stored hash is wrong.
        var forgers: Set<Int> = []
        /// Answers in place of the real one, by method; used up from the front.
        var canned: [String: [(status: Int, body: String)]] = [:]
        var clockAhead: Int64 = 0
        var seedReply: HTTPReply?
        var seedRequests: [OutgoingPost] = []
        /// A node that dies after having answered this many retrieves.
        var retrievesLeft: Int?
    }

    let nodes: [Node]
    let state = Mutex(State())

    init(count: Int = 8) {
        nodes = (0..<count).map {
            Node(keys: NodeKeys(networkSeed: 1, name: "n\($0)"), address: IPv4Address(127, 0, 1, UInt8($0 + 1)))
        }
    }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
    var sightings: [Sighting] { state.withLock { $0.sightings } }
    var swarm: [Int] { state.withLock { $0.swarm } }

    /// What nodes were asked for in person, in order.
    func asked(_ method: String) -> [Int] { sightings.filter { $0.method == method }.map(\.node) }

    // MARK: Transport

    func open(_ services: TransportServices) async throws(TransportError) -> ListenerPorts { ListenerPorts() }

    func request(_ peer: OMQPeer, _ command: String, _ parts: [Bytes], timeout: Duration) async -> OMQOutcome {
        .unreachable("clients post")
    }

    func push(_ command: String, _ parts: [Bytes], to connection: OMQConnection) {}

    func close() async {}

    func post(_ request: OutgoingPost) async throws(TransportError) -> HTTPReply {
        await Task.yield()
        if request.url == Self.seedURL + "/json_rpc" { return seedReply(to: request) }
        guard let index = nodes.firstIndex(where: { $0.url == request.url }),
            !state.withLock({ $0.dead.contains(index) })
        else { throw .unreachable(address: request.url, reason: "connection refused") }
        do {
            let hop = try OnionHop(parsingEntry: request.body)
            guard let reply = try serve(hop, at: index) else {
                throw TransportError.timedOut(address: request.url, after: request.timeout)
            }
            return reply
        } catch {
            if let error = error as? TransportError { throw error }
            return HTTPReply(status: 400, body: Bytes("Error parsing onion request: \(error)".utf8))
        }
    }

    // MARK: Nodes

    private func serve(_ hop: OnionHop, at index: Int) throws -> HTTPReply? {
        if state.withLock({ $0.silent.contains(index) }) { return nil }
        let key = try OnionKey(node: nodes[index].keys.x25519, client: hop.ephemeralKey, cipher: hop.cipher)
        let plaintext: Bytes
        do {
            plaintext = try key.open(hop.data)
        } catch {
            return HTTPReply(status: 400, body: Bytes("Invalid ciphertext".utf8))
        }
        var sighting = Sighting(
            node: index, hopNumber: hop.number, cipher: hop.cipher, ephemeralKey: hop.ephemeralKey)
        switch try OnionLayer(parsing: plaintext) {
        case .node(let destination, let ephemeralKey, let cipher, let data):
            guard let next = nodes.firstIndex(where: { $0.keys.ed25519.publicKey == destination }) else {
                return HTTPReply(status: 502, body: Bytes("Next node not found: \(destination)".utf8))
            }
            sighting.next = next
            note(sighting)
            if state.withLock({ $0.dead.contains(next) }) {
                return HTTPReply(status: 504, body: Bytes("Request time out".utf8))
            }
            let inner = OnionHop(data: data, cipher: cipher, ephemeralKey: ephemeralKey, number: hop.number + 1)
            return try serve(OnionHop(parsingInternal: inner.encoded), at: next)
        case .final(let request, _, _):
            let json = try JSON(parsing: request)
            sighting.method = json["method"]?.asString
            note(sighting)
            let (status, body) = answer(json, at: index)
            let envelope: JSON = ["body": .string(body), "status": .int(status)]
            let nonce = Bytes(repeating: 9, count: OnionKey.nonceLength(of: hop.cipher))
            return HTTPReply(status: 200, body: Base64.encodeUTF8(key.seal(envelope.utf8, nonce: nonce)))
        case .server: return HTTPReply(status: 502)
        }
    }

    private func note(_ sighting: Sighting) { state.withLock { $0.sightings.append(sighting) } }

    private func seedReply(to request: OutgoingPost) -> HTTPReply {
        let canned = state.withLock { state in
            state.seedRequests.append(request)
            return state.seedReply
        }
        return canned ?? Self.listReply(nodes.map(Self.listing))
    }

    static func listing(_ node: Node) -> JSON {
        [
            "public_ip": .string("\(node.address)"), "storage_port": 22_021,
            "pubkey_ed25519": .string(node.keys.ed25519.publicKey.hex),
            "pubkey_x25519": .string(node.keys.x25519.publicKey.hex), "requested_unlock_height": 0,
        ]
    }

    static func listReply(_ states: [JSON], type: String = "application/json") -> HTTPReply {
        let body: JSON = ["id": "0", "jsonrpc": "2.0", "result": ["service_node_states": .array(states), "height": 1]]
        return HTTPReply(status: 200, headers: ["Content-Type": type], body: body.utf8)
    }
}
