import NodeRuntime
import SessionCrypto
import SessionProtocol
import Simulation
import Synchronization

/// A ledger that says whatever the test wants: who is in which swarm, block after block, and to whom how late.
final class ScriptedLedger: Sendable {
    /// How a node is listed.
    enum Listing: Sendable, Hashable {
        case member(SwarmID)
        case decommissioned
        case absent
    }

    private struct State {
        var listings: [String: Listing] = [:]
        var addresses: [String: (keys: NodeKeys, address: IPv4Address, ports: ListenerPorts, version: JSON)] = [:]
        var tables: [Bytes] = []
        /// How many blocks late a node sees the chain.
        var lags: [X25519PublicKey: Int] = [:]
        var subscribers: [X25519PublicKey: OMQConnection] = [:]
    }

    let keys = NodeKeys(networkSeed: 11, name: "ledger")
    let address = IPv4Address(10, 0, 1, 0)
    private let transport: SimulatedTransport
    private let state = Mutex(State())

    init(_ simulation: Simulation) {
        let host = simulation.network.host("ledger", at: address)
        transport = simulation.network.transport(on: host, keys: keys.x25519.publicKey)
    }

    func open() async throws -> OMQPeer {
        let ports = try await transport.open(
            TransportServices(
                omq: OMQService(commands: [
                    "sub.block": OMQService.Command(access: .anyone) { [self] call in
                        let known = state.withLock {
                            $0.subscribers.updateValue(call.caller.connection, forKey: call.caller.publicKey)
                        }
                        return [Bytes((known == call.caller.connection ? "ALREADY" : "OK").utf8)]
                    },
                    "admin.storage_server_ping": OMQService.Command(access: .anyone) { _ in
                        [Bytes("200".utf8), Bytes(#"{"status":"OK"}"#.utf8)]
                    },
                    "rpc.get_service_nodes": OMQService.Command(access: .anyone) { [self] call in
                        [Bytes("200".utf8), table(for: call.caller.publicKey)]
                    },
                ])))
        return OMQPeer(
            address: address, port: ports.omq ?? 0, publicKey: keys.x25519.publicKey, role: .ledger)
    }

    private func table(for caller: X25519PublicKey) -> Bytes {
        state.withLock { state in
            let behind = state.lags[caller] ?? 0
            return state.tables.isEmpty ? Bytes("{}".utf8) : state.tables[max(0, state.tables.count - 1 - behind)]
        }
    }

    /// Where a node is reached, and the version of its storage server.
    func knows(
        _ name: String, _ keys: NodeKeys, at address: IPv4Address, _ ports: ListenerPorts, version: JSON = [2, 8, 0]
    ) {
        state.withLock { $0.addresses[name] = (keys, address, ports, version) }
    }

    func list(_ name: String, as listing: Listing) { state.withLock { $0.listings[name] = listing } }

    /// From now on a node sees the chain so many blocks late.
    func setLag(_ blocks: Int, for key: X25519PublicKey) { state.withLock { $0.lags[key] = blocks } }

    var listings: [String: Listing] { state.withLock { $0.listings } }

    /// Makes a block of the listings, and tells everybody.
    func block() {
        let subscribers = state.withLock { state in
            let height = state.tables.count + 1
            let nodes = state.addresses.sorted { $0.key < $1.key }.compactMap { name, place -> JSON? in
                let listing = state.listings[name] ?? .absent
                guard listing != .absent else { return nil }
                let swarm = if case .member(let id) = listing { id } else { SwarmID.unassigned }
                return [
                    "funded": true, "service_node_pubkey": .string(place.keys.legacy.publicKey.hex),
                    "pubkey_ed25519": .string(place.keys.ed25519.publicKey.hex),
                    "pubkey_x25519": .string(place.keys.x25519.publicKey.hex),
                    "public_ip": .string(place.address.description), "storage_port": .int(Int(place.ports.http ?? 0)),
                    "storage_lmq_port": .int(Int(place.ports.omq ?? 0)), "swarm_id": .uint(swarm.rawValue),
                    "storage_server_version": place.version,
                ]
            }
            let table: JSON = [
                "height": .int(height), "block_hash": .string("block \(height)"), "hardfork": 19,
                "snode_revision": 3, "status": "OK", "service_node_states": .array(nodes),
            ]
            state.tables.append(table.utf8)
            return state.subscribers.values.sorted { $0.route.lexicographicallyPrecedes($1.route) }
        }
        for subscriber in subscribers { transport.push("notify.block", [Bytes("1".utf8)], to: subscriber) }
    }
}
