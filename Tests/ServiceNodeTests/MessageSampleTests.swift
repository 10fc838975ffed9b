import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing
import TimeLimits

@testable import ServiceNode

/// Which messages a node asks its swarm for (storage-node §9.2).
@Suite(.workLimit(minutes: 1)) struct MessageSampleTests {
    private let account: AccountID

    init() throws { account = try TestAccount().session }

    private func message(
        _ number: Int, of account: AccountID? = nil, in namespace: Namespace = .inbox, expiry: Int64 = .max
    ) -> StoredMessage {
        let account = account ?? self.account
        let data = Bytes("message \(number)".utf8)
        return StoredMessage(
            account: account, namespace: namespace,
            hash: MessageHash(account: account, namespace: namespace, data: data), timestamp: 0, expiry: expiry,
            data: data)
    }

    private func sample(_ node: TestNode) -> MessageSample {
        MessageSample(environment: node.state.environment, membership: node.membership)
    }

    @Test("Every message of a store with gaps is picked sooner or later, from the first to the last")
    func everyMessage() async throws {
        let node = try TestNode(randomness: SeededRandomness(seed: 2))
        for number in 0..<20 {
            // The middle and both ends go again, and leave gaps.
            let isGone = [0, 1, 9, 10, 11, 19].contains(number)
            _ = try await node.store.store(message(number, expiry: isGone ? 5 : .max))
        }
        _ = try await node.store.removeExpired(at: 5)
        var picked: Set<MessageHash> = []
        for _ in 0..<300 { picked.insert(try #require(try await sample(node).pick(avoiding: nil)).hash) }
        let expected = (0..<20).filter { ![0, 1, 9, 10, 11, 19].contains($0) }.map { message($0).hash }
        #expect(picked == Set(expected))
    }

    @Test("The message of the last test is picked only where there is no other")
    func another() async throws {
        let node = try TestNode(randomness: SeededRandomness(seed: 2))
        let sample = sample(node)
        #expect(try await sample.pick(avoiding: nil) == nil)
        _ = try await node.store.store(message(1))
        #expect(try await sample.pick(avoiding: message(1).hash) == message(1))
        _ = try await node.store.store(message(2))
        for _ in 0..<20 { #expect(try await sample.pick(avoiding: message(1).hash) == message(2)) }
    }

    @Test("Messages that others need not hold are not asked for, and prove nothing")
    func unsound() async throws {
        let other = NodeKeys(networkSeed: 7, name: "sn2")
        let table = ledgerTable([ListedNode(TestNode.keys, swarm: 0), ListedNode(other, swarm: 1 << 63)])
        let node = try TestNode(table: table, randomness: SeededRandomness(seed: 2))
        var foreign: AccountID?
        var own: AccountID?
        for byte in 0..<64 as Range<UInt8> where foreign == nil || own == nil {
            let account = AccountID([5, 4 * byte] + Bytes(repeating: 0, count: 31))
            guard let account else { continue }
            if node.membership.current?.isResponsible(for: account) == true { own = account } else { foreign = account }
        }
        let (ours, theirs) = (try #require(own), try #require(foreign))
        let soon = TestClock.epoch + 120_000
        let unsound = [
            message(1, of: theirs), message(2, of: ours, in: Namespace(-1)), message(3, of: ours, expiry: soon),
            message(4, of: ours, expiry: 0),
        ]
        for message in unsound { _ = try await node.store.store(message) }
        let sample = sample(node)
        for _ in 0..<20 { #expect(try await sample.pick(avoiding: nil) == nil) }
        for message in unsound { #expect(await !sample.stillHolds(message)) }
        let sound = message(5, of: ours, expiry: soon + 1)
        #expect(await !sample.stillHolds(sound), "it is not in the store")
        _ = try await node.store.store(sound)
        #expect(await sample.stillHolds(sound))
        for _ in 0..<200 {
            // Eight tries may all meet the others.
            if let picked = try await sample.pick(avoiding: nil) { #expect(picked == sound) }
        }
    }

    @Test("A store that cannot be read is an error for whoever picks, and no proof")
    func broken() async throws {
        let node = try TestNode(store: FailingStore(error: .closed))
        await #expect(throws: StorageError.closed) { _ = try await sample(node).pick(avoiding: nil) }
        #expect(await !sample(node).stillHolds(message(1)))
    }
}
