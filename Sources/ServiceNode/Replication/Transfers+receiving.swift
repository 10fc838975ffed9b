import NodeRuntime
import SessionProtocol
import Storage

/// What other nodes hand over to this one, or ask it for.
extension Transfers {
    static let notResponsible = [Bytes("421".utf8), Bytes("not the swarm of these messages".utf8)]

    /// `sn.data`: messages from another node (storage-node §8.4).
    ///
    /// Beyond the reference: what is expired is left out, and what maps to another swarm is not taken and the answer
    /// says so. One of the two tables is old then; the sender keeps the messages and comes again, and this node asks
    /// for a newer table. To take them would only send them round in circles until both tables are the same.
    ///
    /// - Returns: the reply's frames: none when all was taken; `nil`, no reply, for a malformed blob.
    func receive(_ parts: [Bytes]) async -> [Bytes]? {
        let blob = parts.count == 1 ? parts[0] : Bytes(parts.joined())
        if blob == Greeting.question { return [Greeting.answer] }
        guard DataBlob.isCurrent(blob) else { return [] }
        guard let messages = DataBlob.decode(blob) else { return nil }
        let now = environment.clock.wallMilliseconds
        guard let snapshot = membership.current else { return Self.notResponsible }
        let unexpired = messages.filter { $0.expiry > now && Self.arePossible($0, at: now) }
        let own = unexpired.filter { snapshot.isResponsible(for: $0.account) }
        do {
            _ = try await insert(own, under: snapshot)
        } catch {
            // The sender keeps what could not be written, and comes again.
            return [Bytes("500".utf8), Bytes("\(error)".utf8)]
        }
        guard own.count == unexpired.count else {
            membership.look()
            return Self.notResponsible
        }
        return []
    }

    /// Takes messages that this node fetched.
    /// - Returns: how many were new.
    func keep(_ messages: [StoredMessage]) async throws(StorageError) -> Int {
        let now = environment.clock.wallMilliseconds
        guard let snapshot = membership.current else { return 0 }
        let own = messages.filter {
            $0.expiry > now && Self.arePossible($0, at: now) && snapshot.isResponsible(for: $0.account)
        }
        return try await insert(own, under: snapshot)
    }

    /// Whether a message's moments can be right, as far as another node names them; the timestamp is the sender's.
    private static func arePossible(_ message: StoredMessage, at now: Int64) -> Bool {
        isPossible(message.expiryChanged, at: now)
            && (message.storedAt == message.timestamp || isPossible(message.storedAt, at: now))
    }

    private func insert(_ messages: [StoredMessage], under snapshot: Membership) async throws(StorageError) -> Int {
        guard !messages.isEmpty else { return 0 }
        let receipt = try await environment.store.insert(messages)
        if let row = receipt.firstRow { wrote(row: row, under: snapshot) }
        return receipt.added
    }

    /// `sn.data_ready`: whether this node wants to be handed its swarm's messages by the caller: it does as soon as it
    /// knows it as a member (storage-2.11 §4).
    func ready(for caller: X25519PublicKey) -> [Bytes] {
        [Bytes((membership.current?.peer(caller) == nil ? "Swarm mismatch" : "OK").utf8)]
    }

    /// `sn.data_holders`: the members of this swarm that took what was handed over. This node sees to the others.
    func holders(_ parts: [Bytes]) -> [Bytes]? {
        // Whoever sends it learns nothing from the answer, so the parser's reason is of no use to it.
        guard parts.count == 1, let list = try? Bencode(parsing: parts[0]).asList else { return nil }
        let holders = Set(list.compactMap { $0.asBytes.flatMap { X25519PublicKey($0) } })
        mayBeLacking(membership.current?.peers.filter { !holders.contains($0.x25519) } ?? [])
        return []
    }

    /// `sn.data_hashes`: the hashes this node holds of its swarm, in ascending order after the one given, a page at a
    /// time. Only for peers of the swarm.
    func hashes(_ parts: [Bytes], for caller: X25519PublicKey) async -> [Bytes]? {
        guard let snapshot = membership.current, snapshot.peer(caller) != nil else { return Self.notResponsible }
        provedOwnKind(caller)
        var found: [MessageHash] = []
        var last = parts.first.flatMap { MessageHash(text: String(decoding: $0, as: UTF8.self)) }
        let now = environment.clock.wallMilliseconds
        do throws(StorageError) {
            while found.count < Limits.hashesPerPage {
                let page = try await environment.store.entries(after: last, limit: Limits.hashesPerPage)
                found += page.lazy.filter { $0.expiry > now && snapshot.isResponsible(for: $0.account) }.map(\.hash)
                guard let end = page.last, page.count == Limits.hashesPerPage else { break }
                last = end.hash
            }
        } catch {
            return [Bytes("500".utf8), Bytes("\(error)".utf8)]
        }
        return [HashList.encode(found.prefix(Limits.hashesPerPage))]
    }

    /// `sn.data_fetch`: the messages with these hashes in the order asked for, as many as fit one blob; the first always
    /// does. Only for peers of the swarm.
    func fetch(_ parts: [Bytes], for caller: X25519PublicKey) async -> [Bytes]? {
        guard let snapshot = membership.current, snapshot.peer(caller) != nil else { return Self.notResponsible }
        guard let hashes = HashList.decode(parts), hashes.count <= Limits.hashesPerPage else {
            return [Bytes("400".utf8), Bytes("not a list of at most \(Limits.hashesPerPage) hashes".utf8)]
        }
        var batch = DataBatch<StoredMessage>(isFirst: true)
        do throws(StorageError) {
            // One by one, as a thousand messages may be eight times as much as fits.
            for hash in hashes {
                guard let message = try await environment.store.messages(named: [hash]).first else { continue }
                guard snapshot.isResponsible(for: message.account) else { continue }
                guard batch.add(message, hash: hash, dataBytes: message.data.count) else { break }
            }
        } catch {
            return [Bytes("500".utf8), Bytes("\(error)".utf8)]
        }
        return [DataBlob.encode(batch.elements)]
    }
}
