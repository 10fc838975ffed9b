import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol

/// Makes scripted clients for a running network. Each has its own address, keys and path, as a person's device would.
struct ScriptedClients: Sendable {
    let settings: NetworkSettings
    let world: any NetworkWorld
    let events: any EventLog
    let seedURL: String

    /// - Parameter index: which client of the run; the same seed and index give the same identity.
    func make(_ index: Int) throws -> SessionClient {
        let name = Self.name(index)
        let address = settings.topology.address(ofClient: index, addressBlock: settings.addressBlock)
        return SessionClient(
            identity: try Self.identity(index, seed: settings.seed),
            configuration: ClientConfiguration(
                name: name, seedURL: seedURL, cipher: settings.topology.clients.cipher),
            environment: try world.clientEnvironment(name, address: address, events: events))
    }

    /// Who a client of a run is.
    static func identity(_ index: Int, seed: UInt64) throws -> SessionIdentity {
        let digest = Digest.blake2b(Bytes("testnet client identity \(seed) \(index)".utf8))
        return try SessionIdentity(seed: Bytes(digest.prefix(16)))
    }

    /// Alice, bob, and so on; numbers after the first few.
    static func name(_ index: Int) -> String {
        let names = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"]
        return index < names.count ? names[index] : "c\(index + 1)"
    }
}
