import SessionProtocol
import Storage

let alice = account(0x05, 0xa1)
let bob = account(0x05, 0xb0)
/// Same key as Alice's, another type byte.
let aliceGroup = account(0x03, 0xa1)
let outbox = Namespace(-1)

private func account(_ prefix: UInt8, _ byte: UInt8) -> AccountID {
    guard let account = AccountID([prefix] + Bytes(repeating: byte, count: 32)) else {
        preconditionFailure("33 bytes make an account")
    }
    return account
}

/// A hash for the message of this number; they do not sort like the numbers.
func hash(_ number: Int) -> MessageHash {
    var chance = SplitMix(state: UInt64(truncatingIfNeeded: number))
    guard let hash = MessageHash(digest: (0..<32).map { _ in UInt8(truncatingIfNeeded: chance.next()) }) else {
        preconditionFailure("32 bytes make a hash")
    }
    return hash
}

func message(
    _ number: Int, for account: AccountID = alice, in namespace: Namespace = .inbox, expiry: Int64 = 2_000,
    storedAt: Int64? = nil, data: Bytes = Bytes("hello".utf8)
) -> StoredMessage {
    StoredMessage(
        account: account, namespace: namespace, hash: hash(number), timestamp: 1_000 + Int64(number), expiry: expiry,
        storedAt: storedAt, data: data)
}

extension MessageStore {
    /// Everything the store holds, in order of arrival.
    func everything() async throws(StorageError) -> [StoredMessage] {
        try await messages(afterRow: 0, limit: .max).map(\.message.unmarked)
    }

    /// The hashes in a mailbox, without limits.
    func hashes(
        _ account: AccountID = alice, _ namespace: Namespace = .inbox, after: MessageHash? = nil
    ) async throws(StorageError) -> [MessageHash] {
        try await retrieve(account, namespace, after: after, limits: RetrieveLimits(maximumBytes: .max))
            .messages.map(\.hash)
    }
}

/// Sebastiano Vigna's generator: small, and the same everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

extension StoredMessage {
    /// Without when its expiry was set, and when it was stored.
    var unmarked: StoredMessage {
        StoredMessage(
            account: account, namespace: namespace, hash: hash, timestamp: timestamp, expiry: expiry, data: data)
    }
}
