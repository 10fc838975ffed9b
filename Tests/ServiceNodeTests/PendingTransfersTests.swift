import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// What is still to be done, and when it counts as done.
@Suite struct PendingTransfersTests {
    private let first = NodeKeys(networkSeed: 7, name: "sn1").x25519.publicKey
    private let second = NodeKeys(networkSeed: 7, name: "sn2").x25519.publicKey

    @Test("A debt is paid row by row, and done when nothing follows")
    func paying() throws {
        var pending = PendingTransfers()
        pending.owe(first, after: 4, isUrgent: false)
        pending.paid(try #require(pending.debts[first]), to: first, upTo: 9, isAll: false)
        #expect(pending.debts[first]?.row == 9)
        pending.paid(try #require(pending.debts[first]), to: first, upTo: 12, isAll: true)
        #expect(pending.count == 0)
    }

    @Test("What is missed while a push runs is owed after it", arguments: [2, 4, 20] as [Int64])
    func owedMeanwhile(row: Int64) throws {
        var pending = PendingTransfers()
        pending.owe(first, after: 4, isUrgent: false)
        let debt = try #require(pending.debts[first])
        pending.owe(first, after: row, isUrgent: false)
        pending.paid(debt, to: first, upTo: 9, isAll: true)
        #expect(pending.debts[first]?.row == (row < 4 ? row : 9))
    }

    @Test("What was asked for again while it ran is not done")
    func revisions() throws {
        var pending = PendingTransfers()
        pending.sort()
        pending.compare(with: [first])
        let (sorting, comparison) = (try #require(pending.sorting), try #require(pending.comparisons[first]))
        pending.sort()
        pending.compare(with: [first])
        pending.sorted(sorting)
        pending.compared(with: first, revision: comparison)
        #expect(pending.count == 2)
        pending.sorted(try #require(pending.sorting))
        pending.compared(with: first, revision: try #require(pending.comparisons[first]))
        #expect(pending.count == 0)
    }

    @Test("An exchange of changes goes back to the first one missed, and is done unless more was missed meanwhile")
    func amending() throws {
        var pending = PendingTransfers()
        pending.amend(first, since: 50, isUrgent: false)
        let early = try #require(pending.amendments[first])
        let started = pending.start()
        #expect(started == [.amend(first)])
        pending.amend(first, since: 70, isUrgent: true)
        pending.amended(early, with: first)
        let late = try #require(pending.amendments[first])
        #expect(late.since == 50 && late.isUrgent)
        pending.amend(second, since: 0, isUrgent: true, asks: false)
        #expect(pending.amendments[second]?.asks == false)
        // Whoever missed something may know something, whatever else it is told.
        pending.amend(second, since: 9, isUrgent: false)
        pending.amend(second, since: 0, isUrgent: true, asks: false)
        #expect(pending.amendments[second]?.asks == true)
        pending.forget(second)
        let hasMore = pending.ended(.amend(first))
        #expect(hasMore)
        pending.amended(late, with: first)
        #expect(pending.count == 0)
        pending.amend(second, since: 1, isUrgent: true)
        pending.keepOnly([first])
        #expect(pending.count == 0)
    }

    @Test("A job runs once at a time, and again if there is more to do when it ends")
    func jobs() throws {
        var pending = PendingTransfers()
        #expect(PendingTransfers().count == 0)
        pending.sort()
        pending.compare(with: [first])
        for peer in [first, second] { pending.owe(peer, after: 0, isUrgent: true) }
        let keys = [first, second].sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        let started = [pending.start(), pending.start()]
        #expect(started == [[.sort, .compare, .push(keys[0]), .push(keys[1])], []])
        pending.sorted(try #require(pending.sorting))
        let ended = [pending.ended(.sort), pending.ended(.compare), pending.ended(.push(first))]
        #expect(ended == [false, true, true])
        let restarted = pending.start()
        #expect(restarted == [.compare, .push(first)])
        pending.keepOnly([second])
        let hasMore = pending.ended(.push(first))
        #expect(!hasMore)
        #expect(pending.count == 1)
        pending.forget(second)
        #expect(pending.count == 0)
    }

    @Test("Waits double from one second up to the limit")
    func backoff() {
        var backoff = Backoff()
        let waits = (1...7).map { _ in backoff.next() }
        #expect(waits == [1, 2, 4, 8, 16, 30, 30].map { Duration.seconds($0) })
        backoff.longest = .seconds(100)
        #expect((1...3).map { _ in backoff.next() } == [60, 100, 100].map { Duration.seconds($0) })
        backoff.longest = .seconds(30)
        #expect(backoff.next() == .seconds(30))
    }
}
