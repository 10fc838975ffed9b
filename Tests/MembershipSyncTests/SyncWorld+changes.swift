import NodeRuntime
import SessionCrypto
import SessionProtocol
import Simulation
import Storage
import Testing

/// What clients change of what they stored, each request signed by the account's key.
extension SyncWorld {
    /// Takes messages away. They are gone if any member accepts it, whether that one knows them or not.
    /// - Returns: whether any member says so.
    @discardableResult
    func delete(_ records: [Record], at node: SyncNode) async throws -> Bool {
        let account = try owner(of: records)
        let text = Bytes("delete".utf8) + records.flatMap { Bytes($0.hash.text.utf8) }
        let entries = try await change(
            "delete", account, text, ["messages": .array(records.map { .string($0.hash.text) })], at: node)
        let deleted = entries.flatMap { $0["deleted"]?.asArray ?? [] }
        let isDone = records.allSatisfy { deleted.contains(.string($0.hash.text)) }
        if entries.isEmpty { doubt(records) } else { forget(records) }
        return isDone
    }

    /// Takes everything away that an account has, in one mailbox or all.
    func deleteAll(of account: AccountID, in mailboxes: MailboxSelection = .all, at node: SyncNode) async throws {
        try await empty("delete_all", "timestamp", account, mailboxes, at: node)
    }

    /// Takes away what an account was sent until now, in all its mailboxes.
    func deleteBefore(of account: AccountID, at node: SyncNode) async throws {
        try await empty("delete_before", "before", account, .all, at: node)
    }

    private func empty(
        _ method: String, _ timeField: String, _ account: AccountID, _ mailboxes: MailboxSelection, at node: SyncNode
    ) async throws {
        let time = simulation.clock.wallMilliseconds
        let entries = try await change(method, account, mailboxes, timeField, time, at: node)
        let records = acknowledged.filter { $0.account == account && $0.lies(in: mailboxes) }
        if entries.isEmpty { doubt(records) } else { forget(records) }
    }

    /// Ends later expiries of an account's messages at one time, in one mailbox or all.
    func expireAll(
        of account: AccountID, in mailboxes: MailboxSelection = .all, to expiry: Int64, at node: SyncNode
    ) async throws {
        _ = try await change("expire_all", account, mailboxes, "expiry", expiry, at: node)
    }

    private func change(
        _ method: String, _ account: AccountID, _ mailboxes: MailboxSelection, _ timeField: String, _ time: Int64,
        at node: SyncNode
    ) async throws -> [JSON] {
        let (text, field): (String, JSON) =
            switch mailboxes {
            case .all: ("all", "all")
            case .one(.inbox): ("", 0)
            case .one(let one): (one.description, .integer(Int64(one.rawValue)))
            }
        return try await change(
            method, account, Bytes("\(method)\(text)\(time)".utf8), ["namespace": field, timeField: .integer(time)],
            at: node)
    }

    /// Sets when messages expire.
    /// - Parameter flag: `extend` or `shorten`, if any.
    /// - Returns: whether any member says so of all of them.
    @discardableResult
    func expire(
        _ records: [Record], at expiry: Int64, flag: String? = nil, at node: SyncNode
    ) async throws -> Bool {
        let account = try owner(of: records)
        let text = Bytes("expire\(flag ?? "")\(expiry)".utf8) + records.flatMap { Bytes($0.hash.text.utf8) }
        var fields: [String: JSON] = [
            "messages": .array(records.map { .string($0.hash.text) }), "expiry": .integer(expiry),
        ]
        if let flag { fields[flag] = true }
        let entries = try await change("expire", account, text, fields, at: node)
        let updated = entries.flatMap { $0["updated"]?.asArray ?? [] }
        return records.allSatisfy { updated.contains(.string($0.hash.text)) }
    }

    /// Revokes a token of an account, or allows it again.
    func revoke(_ token: Bytes, of account: AccountID, lifting: Bool = false, at node: SyncNode) async throws {
        let time = simulation.clock.wallMilliseconds
        let method = lifting ? "unrevoke_subaccount" : "revoke_subaccount"
        _ = try await change(
            method, account, Bytes("\(method)\(time)".utf8) + token,
            [lifting ? "unrevoke" : "revoke": [.string(Base64.encode(token))], "timestamp": .integer(time)], at: node)
    }

    /// Stores messages of one account and gives their names.
    func store(_ numbers: ClosedRange<Int>, for account: AccountID, at node: SyncNode) async throws -> [Record] {
        for number in numbers { #expect(try await store(number, for: account, at: node)) }
        return numbers.map { Self.record($0, of: account) }
    }

    /// All running members hold the same messages with the same expiries.
    func expectEqualStores(_ location: SourceLocation = #_sourceLocation) async throws {
        try await expectRecordsInPlace(location)
        var held: [ScriptedLedger.Listing: Set<Record>] = [:]
        for node in nodes where node.isRunning {
            guard let listing = ledger.listings[node.name], case .member = listing else { continue }
            let records = try await node.records()
            for record in records.symmetricDifference(held[listing, default: records]) {
                let accounts = try await accounts(
                    of: record, from: nodes.filter { ledger.listings[$0.name] == listing })
                Issue.record("seed \(seed): not held by all: \(record.hash) \(accounts)", sourceLocation: location)
            }
            held[listing] = records
        }
        var first: [Record: (expiry: Int64, name: String)] = [:]
        for node in nodes where node.isRunning {
            for (record, expiry) in try await node.expiries() {
                let known = first[record] ?? (expiry, node.name)
                first[record] = known
                if expiry == known.expiry { continue }
                let accounts = try await accounts(of: record, from: [node, self.node(known.name)])
                Issue.record("seed \(seed): \(record.hash) \(accounts)", sourceLocation: location)
            }
        }
    }

    private func accounts(of record: Record, from nodes: [SyncNode]) async throws -> String {
        var accounts: [String] = []
        for node in nodes { accounts.append(try await node.account(of: record)) }
        return accounts.joined(separator: "\n")
    }

    private func owner(of records: [Record]) throws -> AccountID {
        guard let account = records.first?.account else { throw UnknownAccount() }
        return account
    }

    /// - Returns: the entries of the members that did it.
    private func change(
        _ method: String, _ account: AccountID, _ text: Bytes, _ fields: [String: JSON], at node: SyncNode
    ) async throws -> [JSON] {
        let keys = try Self.keys(of: account)
        let request = JSON.object(
            fields.merging([
                "pubkey": .string(account.hex), "pubkey_ed25519": .string(keys.publicKey.hex),
                "signature": .string(Base64.encode(keys.sign(text))),
            ]) { $1 })
        let reply = try await call(method, request, at: node)
        return (reply?["swarm"]?.asObject?.values).map { $0.filter { $0["failed"] == nil } } ?? []
    }
}

private struct UnknownAccount: Error {}
