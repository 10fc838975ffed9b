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
        case listing([Int64], [StoredMessage])
        case inserted(InsertReceipt)
        case entries([StoredEntry])
        case done
        /// To do what; text and code are each store's own.
        case failed(String)
        case other(StorageError)
    }

    @Test("Thousands of random calls get the same answers from both stores", arguments: UInt64(1)...4)
    func randomCalls(seed: UInt64) async throws {
        let steps = Self.steps(seed: seed, count: 2_000)
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
        let answers = try await Self.answers(of: .sqlite, to: Self.steps(seed: 1, count: 2_000))
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
        for operation in [
            "store a message", "replace an outbox message", "remove expired messages",
            "forget messages handed over",
        ] {
            #expect(answers.contains(.failed(operation)), "\(operation)")
        }
    }

    private static func steps(seed: UInt64, count: Int) -> [Step] {
        var chance = SplitMix(state: seed)
        var now: Int64 = 1_000
        func drawn(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &chance) }
        func mailbox() -> (AccountID, Namespace) {
            ([alice, alice, bob, aliceGroup][drawn(0...3)], Namespace([0, 0, 0, 1, -1, -21, -10][drawn(0...6)]))
        }
        return (0..<count).map { _ in
            let (account, namespace) = mailbox()
            switch drawn(0...999) {
            case 0..<550:
                // Few enough hashes to meet again, in another mailbox as well.
                let data = Bytes(repeating: 7, count: drawn(0...9) == 0 ? 6_000 : drawn(0...300))
                let expiry = now + Int64(drawn(-20...400))
                return .store(message(drawn(0...150), for: account, in: namespace, expiry: expiry, data: data))
            case 550..<600:
                return .insert(
                    (0...drawn(0...9)).map { _ in
                        let (account, namespace) = mailbox()
                        return message(
                            drawn(0...150), for: account, in: namespace, expiry: now + Int64(drawn(-20...400)))
                    })
            case 600..<620:
                return .entries(after: drawn(0...2) == 0 ? nil : hash(drawn(0...150)), limit: drawn(-1...40))
            case 620..<640: return .named((0...drawn(0...5)).map { _ in hash(drawn(0...150)) })
            case 640..<680:
                return .remove(after: hash(drawn(0...150)), limit: drawn(0...3), isAgreed: drawn(0...4) > 0)
            case 680..<800:
                let limits = RetrieveLimits(
                    maximumCount: drawn(0...2) == 0 ? nil : drawn(0...8),
                    maximumBytes: drawn(0...2) == 0 ? drawn(0...9_000) : .max)
                let last = drawn(0...2) == 0 ? nil : hash(drawn(0...150))
                return .retrieve(account, namespace, after: last, limits)
            case 800..<900:
                now += Int64(drawn(0...40))
                return .removeExpired(now)
            case 900..<960: return .list(after: Int64(drawn(-1...count / 2)), limit: drawn(-1...40))
            case 960..<970: return .reopen
            case 970..<977: return .kill
            case 977..<983: return .refuseWrites
            case 983..<988: return .acceptWrites
            default: return .list(after: 0, limit: .max)
            }
        }
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
            default: return .done
            }
        } catch {
            if case .failed(let operation, _, _) = error { return .failed(operation) }
            return .other(error)
        }
    }
}
