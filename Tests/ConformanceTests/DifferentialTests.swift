import SessionProtocol
import Storage
import Testing

@Suite struct DifferentialTests {
    /// Something done to a store, with everything drawn beforehand.
    enum Step: Sendable {
        case store(StoredMessage)
        case retrieve(AccountID, Namespace, after: MessageHash?, RetrieveLimits)
        case removeExpired(Int64)
        case list(after: Int64, limit: Int)
        case insert([StoredMessage])
        case entries(after: MessageHash?, limit: Int)
        case named([MessageHash])
        /// Of the entries after a hash so many, if the condition says so.
        case remove(after: MessageHash?, limit: Int, isAgreed: Bool)
        case changingMoment(ChangeTarget, AccountID, Int64)
        case storingMoment(MessageHash, Namespace, AccountID, Int64)
        case remember(OwnersRequest, AccountID, Int64)
        case delete([MessageHash], AccountID, Int64)
        case deleteAll(AccountID, MailboxSelection, sentUpTo: Int64?, Int64)
        case shortenAll(AccountID, MailboxSelection, Int64, Int64)
        case expire([(hash: MessageHash, expiry: Int64)], AccountID, ExpiryChange, Int64)
        case expiries([MessageHash], AccountID)
        case revoke([Bytes], AccountID, Int64)
        case unrevoke([Bytes], AccountID, Int64)
        case isRevoked(Bytes, AccountID)
        case changes(Int64, after: StoredChange?, Int)
        case apply([StoredChange])
        case statistics
        case reopen
        case kill
        case refuseWrites
        case acceptWrites
    }

    /// What came of it, in a form that can be compared.
    enum Answer: Equatable {
        case receipt(StoreReceipt)
        case page(MessagePage)
        case count(Int)
        case moment(Int64)
        case listing([Int64], [StoredMessage])
        case inserted(InsertReceipt)
        case entries([StoredEntry])
        case hashes([MessageHash])
        case names([MessageName])
        case expiries(ExpiryReceipt)
        case revoked(Bool)
        case changes([StoredChange])
        case statistics(messages: Int, accounts: Int, spread: StoreStatistics.Distribution?)
        case done
        /// To do what; text and code are each store's own.
        case failed(String)
        case other(StorageError)
    }

    @Test("Thousands of random calls get the same answers from both stores", arguments: UInt64(1)...4)
    func randomCalls(seed: UInt64) async throws {
        let steps = Self.steps(seed: seed, count: 4_000)
        let expected = try await Self.answers(of: .sqlite, to: steps)
        let answers = try await Self.answers(of: .simulated, to: steps)
        #expect(answers.count == expected.count)
        let difference = zip(answers, expected).enumerated().first { $1.0 != $1.1 }
        if let (index, (got, wanted)) = difference {
            let context = index < steps.count ? "\(steps[index])" : "the inventory"
            Issue.record("step \(index), \(context): got \(got), want \(wanted)")
        }
    }

    @Test("The random calls bring about every answer there is")
    func coverage() async throws {
        let answers = try await Self.answers(of: .sqlite, to: Self.steps(seed: 1, count: 6_000))
        let outcomes = answers.compactMap { if case .receipt(let receipt) = $0 { receipt.outcome } else { nil } }
        for (outcome, least) in [(StoreReceipt.Outcome.new, 200), (.extended, 20), (.exists, 20)] {
            #expect(outcomes.count { $0 == outcome } >= least, "\(outcome)")
        }
        let pages = answers.compactMap { if case .page(let page) = $0 { page } else { nil } }
        #expect(pages.count { $0.more } > 10)
        #expect(pages.count { $0.messages.count > 3 } > 10)
        #expect(answers.count { if case .count(let count) = $0 { count > 2 } else { false } } > 10)
        #expect(answers.count { if case .inserted(let receipt) = $0 { receipt.added > 2 } else { false } } > 10)
        #expect(answers.count { if case .entries(let entries) = $0 { entries.count > 3 } else { false } } > 10)
        #expect(answers.count { if case .hashes(let hashes) = $0 { !hashes.isEmpty } else { false } } > 10)
        #expect(answers.count { if case .names(let names) = $0 { names.count > 1 } else { false } } > 10)
        #expect(answers.count { if case .expiries(let all) = $0 { !all.updated.isEmpty } else { false } } > 10)
        #expect(answers.count { if case .expiries(let all) = $0 { !all.unchanged.isEmpty } else { false } } > 10)
        #expect(answers.count { $0 == .revoked(true) } > 5)
        let changes = answers.compactMap { if case .changes(let changes) = $0 { changes } else { nil } }
        #expect(changes.count { $0.count > 3 } > 10)
        #expect(changes.joined().count { if case .awaitedExpiry = $0 { true } else { false } } > 10)
        #expect(changes.joined().count { if case .standingOrder = $0 { true } else { false } } > 5)
        #expect(outcomes.count { $0 == .late } > 10)
        for operation in [
            "store a message", "replace an outbox message", "remove expired messages",
            "forget messages handed over", "delete messages", "change expiries", "revoke subaccounts",
            "take over changes", "remember what owners ask for", "allow subaccounts again",
        ] {
            #expect(answers.contains(.failed(operation)), "\(operation)")
        }
    }

    private static func steps(seed: UInt64, count: Int) -> [Step] {
        var traffic = RandomCalls(chance: SplitMix(state: seed), count: count)
        return (0..<count).map { _ in traffic.next() }
    }

    /// The answers to the steps, and the inventory at the end.
    private static func answers(of kind: StoreKind, to steps: [Step]) async throws -> [Answer] {
        let place = try StorePlace(kind)
        var store = try place.open()
        var answers: [Answer] = []
        var refuses = false
        for step in steps {
            var answer = Answer.done
            switch step {
            case .reopen:
                await store.close()
                store = try place.open()
            case .kill:
                try place.kill()
                store = try place.open()
            case .refuseWrites:
                if !refuses { try place.refuseWrites() }
                refuses = true
            case .acceptWrites:
                if refuses { try place.acceptWrites() }
                refuses = false
            default: answer = await Self.answer(of: store, to: step)
            }
            answers.append(answer)
        }
        answers.append(await answer(of: store, to: .list(after: 0, limit: .max)))
        await store.close()
        return answers
    }

    private static func answer(of store: any MessageStore, to step: Step) async -> Answer {
        do throws(StorageError) {
            switch step {
            case .store(let message): return .receipt(try await store.store(message))
            case .retrieve(let account, let namespace, let hash, let limits):
                return .page(try await store.retrieve(account, namespace, after: hash, limits: limits))
            case .removeExpired(let now): return .count(try await store.removeExpired(at: now))
            case .list(let row, let limit):
                let listing = try await store.messages(afterRow: row, limit: limit)
                return .listing(listing.map(\.row), listing.map(\.message))
            case .insert(let messages): return .inserted(try await store.insert(messages))
            case .entries(let hash, let limit): return .entries(try await store.entries(after: hash, limit: limit))
            case .named(let hashes): return .listing([], try await store.messages(named: hashes))
            case .remove(let hash, let limit, let isAgreed):
                let entries = try await store.entries(after: hash, limit: limit)
                return .count(try await store.remove(entries) { isAgreed })
            default: return try await ownersAnswer(of: store, to: step)
            }
        } catch {
            if case .failed(let operation, _, _) = error { return .failed(operation) }
            return .other(error)
        }
    }

    /// To what owners ask for, and nodes after them.
    private static func ownersAnswer(of store: any MessageStore, to step: Step) async throws(StorageError) -> Answer {
        switch step {
        case .changingMoment(let target, let account, let now):
            return .moment(try await store.changingMoment(of: target, account: account, at: now))
        case .storingMoment(let hash, let namespace, let account, let now):
            return .moment(try await store.storingMoment(of: hash, in: namespace, of: account, at: now))
        case .remember(let request, let account, let now):
            try await store.remember(request, of: account, at: now)
            return .done
        case .delete(let hashes, let account, let now):
            return .hashes(try await store.delete(hashes, of: account, at: now))
        case .deleteAll(let account, let mailboxes, let limit, let now):
            return .names(try await store.deleteAll(of: account, in: mailboxes, sentUpTo: limit, at: now))
        case .shortenAll(let account, let mailboxes, let expiry, let now):
            return .names(try await store.shortenAll(of: account, in: mailboxes, to: expiry, at: now))
        case .expire(let expiries, let account, let change, let now):
            return .expiries(try await store.expire(expiries, of: account, change: change, at: now))
        case .expiries(let hashes, let account):
            return .expiries(ExpiryReceipt(unchanged: try await store.expiries(of: hashes, account: account)))
        case .revoke(let tokens, let account, let now):
            try await store.revoke(tokens, of: account, at: now)
            return .done
        case .unrevoke(let tokens, let account, let now):
            return .count(try await store.unrevoke(tokens, of: account, at: now))
        case .isRevoked(let token, let account):
            return .revoked(try await store.isRevoked(token, of: account))
        case .changes(let moment, let last, let limit):
            return .changes(try await store.changes(since: moment, after: last, limit: limit))
        case .apply(let changes): return .count(try await store.apply(changes))
        case .statistics:
            let all = try await store.statistics()
            return .statistics(messages: all.messages, accounts: all.accounts, spread: all.messagesPerAccount)
        default: return .done
        }
    }
}
