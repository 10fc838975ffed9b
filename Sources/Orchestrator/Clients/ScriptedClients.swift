import Logging
import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol
import Sockets

/// Makes scripted clients for a running network. Each has its own address, keys and path, as a person's device would.
struct ScriptedClients: Sendable {
    let settings: NetworkSettings
    let process: SocketProcess
    let events: any EventLog
    let seedURL: String
    let log: Logger

    /// - Parameter index: which client of the run; the same seed and index give the same identity.
    func make(_ index: Int) throws -> SessionClient {
        let name = Self.name(index)
        let seed = Bytes(
            Digest.blake2b(
                Bytes("testnet client identity \(settings.seed) \(index)".utf8)
            ).prefix(16))
        let randomness = LiveRandomness()
        let address = settings.topology.address(ofClient: index, addressBlock: settings.addressBlock)
        let keys = try X25519KeyPair(secretKey: randomness.bytes(32))
        let transport = SocketTransport(
            SocketTransport.Configuration(address: address, keys: keys, name: name), process: process, log: log)
        return SessionClient(
            identity: try SessionIdentity(seed: seed),
            configuration: ClientConfiguration(
                name: name, seedURL: seedURL, cipher: settings.topology.clients.cipher),
            environment: ClientEnvironment(
                clock: LiveClock(), transport: transport, randomness: randomness, events: events))
    }

    /// Alice, bob, and so on; numbers after the first few.
    static func name(_ index: Int) -> String {
        let names = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"]
        return index < names.count ? names[index] : "c\(index + 1)"
    }
}
