import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol
import Synchronization

/// Time that passes only when someone sleeps.
final class JumpingClock: NodeClock {
    static let start: Int64 = 1_700_000_000_000
    private let elapsed = Mutex(Duration.zero)

    var uptime: Duration { elapsed.withLock { $0 } }
    var wallMilliseconds: Int64 {
        Self.start + uptime.components.seconds * 1_000 + uptime.components.attoseconds / 1_000_000_000_000_000
    }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        elapsed.withLock { $0 += duration }
    }
}

/// Keeps what was recorded.
final class EventList: EventLog {
    private let list = Mutex<[Event]>([])

    func record(_ event: Event) { list.withLock { $0.append(event) } }
    var events: [Event] { list.withLock { $0 } }
}

/// Hands out the given bytes in order, then fails the test by running dry.
final class ScriptedRandomness: Randomness {
    private let draws: Mutex<[Bytes]>

    init(_ draws: [Bytes]) { self.draws = Mutex(draws) }

    func next() -> UInt64 { 0 }

    func bytes(_ count: Int) -> Bytes {
        draws.withLock { draws in
            guard let first = draws.first, first.count == count else { return Bytes(repeating: 0, count: count) }
            draws.removeFirst()
            return first
        }
    }
}

/// A client on a fake network.
struct ClientFixture {
    let network: FakeNetwork
    let clock = JumpingClock()
    let events = EventList()
    let client: SessionClient

    init(
        _ network: FakeNetwork, seed: UInt8 = 1, cipher: OnionCipher = .aesGCM, chance: UInt64 = 1
    ) throws {
        self.network = network
        let identity = try SessionIdentity(seed: Bytes(repeating: seed, count: 16))
        let configuration = ClientConfiguration(name: "c\(seed)", seedURL: FakeNetwork.seedURL, cipher: cipher)
        client = SessionClient(
            identity: identity, configuration: configuration,
            environment: ClientEnvironment(
                clock: clock, transport: network, randomness: SeededRandomness(seed: chance), events: events))
    }

    var account: AccountID { client.identity.account }

    /// The nodes of the client's path as numbers, the guard first.
    func path() async -> [Int] {
        await (client.pathHops ?? []).compactMap { key in network.nodes.firstIndex { $0.keys.ed25519.publicKey == key }
        }
    }
}
