import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing
import TimeLimits

@testable import ServiceNode

/// Copies of what clients asked for that come after something which was asked for later (storage-node §8.1).
@Suite(.workLimit(minutes: 1)) struct LateCopyTests {
    private static let now = WireOwner.now
    private static let day = WireOwner.day
    private static let peer = NodeKeys(networkSeed: 7, name: "sn2")

    private func node() throws -> TestNode {
        try TestNode(table: ledgerTable([ListedNode(TestNode.keys), ListedNode(Self.peer)]))
    }

    private func copy(_ call: WireCall, acceptedAt moment: Int64?, at node: TestNode) async throws -> Bencode {
        var call = call
        call.fields["accepted_at"] = moment.map(WireValue.number)
        return try await WireInterface.forward(node, call, from: Self.peer).bencode()
    }

    private static let deletions: [WireCall] = [
        .delete([WireOwner.hash("one")]), .deleteAll(), .deleteBefore(),
    ]

    @Test(
        "A copy of a deletion that was accepted before the message was stored again leaves it; a later one does not",
        arguments: deletions)
    func deletion(_ call: WireCall) async throws {
        let store = WireCall.store("one", timestamp: Self.now - 5_000)
        // The reference's copies have none: they come when they come.
        for (moment, isDeleted) in [(-1, false), (0, true), (1, true), (nil, true)] as [(Int64?, Bool)] {
            let node = try node()
            _ = try await copy(store, acceptedAt: Self.now - 9_000, at: node)
            _ = try await copy(store, acceptedAt: Self.now + 500, at: node)
            let reply = try await copy(call, acceptedAt: moment.map { Self.now + 500 + $0 }, at: node)
            let deleted = isDeleted ? [Bencode.text(WireOwner.hash("one"))] : []
            #expect(reply.asDictionary?["deleted"] == .list(deleted), "\(String(describing: moment))")
            let held = try await node.store.messages(afterRow: 0, limit: 9)
            #expect(held.isEmpty == isDeleted, "\(String(describing: moment))")
            let removals = try await node.store.changes(since: 0, after: nil, limit: 9).filter {
                if case .removal = $0 { true } else { false }
            }
            #expect(removals.map(\.moment) == (isDeleted ? [Self.now + 500 + (moment ?? 0)] : []))
        }
    }

    @Test(
        "A copy of an expiry that was accepted before another one was set leaves that; a later one does not",
        arguments: [
            WireCall.expire([now + 2 * day], [WireOwner.hash("one")]),
            .expire([now + 2 * day], [WireOwner.hash("one")], flag: "shorten"), .expireAll(now + 2 * day),
            .expire([now + 4 * day], [WireOwner.hash("one")], flag: "extend"),
        ])
    func expiry(_ call: WireCall) async throws {
        for (moment, isSet) in [(-1, false), (1, true), (nil, true)] as [(Int64?, Bool)] {
            let node = try node()
            let hash = WireOwner.hash("one")
            _ = try await copy(.store("one", timestamp: Self.now - 5_000), acceptedAt: Self.now - 5_000, at: node)
            _ = try await copy(
                .expire([Self.now + 3 * Self.day], [hash]), acceptedAt: Self.now + 500, at: node)
            _ = try await copy(call, acceptedAt: moment.map { Self.now + 500 + $0 }, at: node)
            let held = try #require(try await node.store.messages(afterRow: 0, limit: 9).first?.message)
            let wanted = Self.now + (call.fields["extend"] == nil ? 2 : 4) * Self.day
            #expect(held.expiry == (isSet ? wanted : Self.now + 3 * Self.day), "\(String(describing: moment))")
            #expect(held.expiryChanged == Self.now + 500 + (isSet ? moment ?? 1 : 0))
        }
    }

    @Test("A copy of a revocation or its end that was accepted before the other leaves that; a later one does not")
    func revocation() async throws {
        let account = try #require(AccountID(WireOwner.session))
        for isLifted in [false, true] {
            for (moment, isDone) in [(-1, false), (1, true), (nil, true)] as [(Int64?, Bool)] {
                let node = try node()
                _ = try await copy(.revoke(), acceptedAt: Self.now - 9_000, at: node)
                if isLifted {
                    _ = try await copy(.revoke(), acceptedAt: Self.now + 500, at: node)
                } else {
                    _ = try await copy(.unrevoke(), acceptedAt: Self.now + 500, at: node)
                }
                let call = isLifted ? WireCall.unrevoke() : .revoke()
                let reply = try await copy(call, acceptedAt: moment.map { Self.now + 500 + $0 }, at: node)
                let isRevoked = try await node.store.isRevoked(WireOwner.token, of: account)
                #expect(isRevoked == (isLifted != isDone), "\(isLifted) \(String(describing: moment))")
                if isLifted { #expect(reply.asDictionary?["count"] == .integer(isDone ? 1 : 0)) }
            }
        }
    }
}
