import Foundation
import SessionProtocol
import Storage

/// A directory of its own for one test, removed with it.
final class TemporaryDirectory {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "storage-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // A left-over directory in the system's temporary one fails no test.
        try? FileManager.default.removeItem(at: url)
    }

    func path(_ name: String = "storage.db") -> String { url.appending(path: name).path }
}

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

/// A hash for the message of this number; the store treats hashes as opaque.
func hash(_ number: Int) -> MessageHash {
    var digest = Bytes(repeating: 0, count: 32)
    withUnsafeBytes(of: number.bigEndian) { digest.replaceSubrange(0..<8, with: $0) }
    guard let hash = MessageHash(digest: digest) else { preconditionFailure("32 bytes make a hash") }
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
        _ account: AccountID = alice, _ namespace: Namespace = .inbox
    ) async throws(StorageError) -> [MessageHash] {
        try await retrieve(account, namespace, after: nil, limits: RetrieveLimits(maximumBytes: .max))
            .messages.map(\.hash)
    }
}

extension StoredMessage {
    /// Without when its expiry was set, and when it was stored.
    var unmarked: StoredMessage {
        StoredMessage(
            account: account, namespace: namespace, hash: hash, timestamp: timestamp, expiry: expiry, data: data)
    }
}
