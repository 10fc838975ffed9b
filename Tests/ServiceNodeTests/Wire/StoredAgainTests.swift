import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing
import TimeLimits

@testable import ServiceNode

/// A message that its owner deleted and stores again is as any other message (storage-node §3.6, §11).
@Suite(.workLimit(minutes: 1)) struct StoredAgainTests {
    private static let now = WireOwner.now
    private static let day = WireOwner.day

    @Test("What was deleted and is stored again is new at every member, with the client's own timestamp")
    func storedAgain() async throws {
        let swarm = try TestSwarm(3)
        try await swarm.running {
            let store = WireCall.store("one", timestamp: Self.now - 5000)
            for index in 0..<3 {
                let reply = try await swarm.wire(store, at: index, isJSON: true).json()
                for member in swarm.members {
                    let entry = try reply.need("swarm").need(member.name)
                    #expect(entry["failed"] == nil)
                    #expect(entry["already"] == nil)
                    #expect(entry["expiry"] == .integer(Self.now - 5000 + Self.day))
                }
                for other in 0..<3 {
                    let held = try await swarm.wire(.retrieve(), at: other, isJSON: true).json()
                    #expect(try held.list("messages").map { $0["data"] } == ["b25l"])
                    #expect(try held.list("messages").first?["timestamp"] == .integer(Self.now - 5000))
                }
                _ = try await swarm.wire(.deleteAll(), at: index, isJSON: true)
                // Past the next sweep, but not so far that a node believes it was held, and compares with its peers.
                for member in swarm.members { member.clock.advance(by: .seconds(11)) }
            }
        }
    }

    @Test(
        "The same holds whoever's clock is behind, the one that deletes or the one that stores again", arguments: 0..<3)
    func skewed(storing: Int) async throws {
        let swarm = try TestSwarm(3, skews: [1: -3_000, 2: 3_000])
        try await swarm.running {
            let store = WireCall.store("one", timestamp: Self.now - 5000)
            for deleting in 0..<3 {
                _ = try await swarm.wire(store, at: storing, isJSON: true)
                let call = WireCall.delete([WireOwner.hash("one")])
                _ = try await swarm.wire(call, at: deleting, isJSON: true)
                for member in swarm.members { #expect(try await member.node.inventory().isEmpty) }
                let reply = try await swarm.wire(store, at: storing, isJSON: true).json()
                for member in swarm.members {
                    let entry = try reply.need("swarm").need(member.name)
                    #expect(entry["failed"] == nil && entry["already"] == nil)
                    #expect(
                        try await member.node.inventory().count == 1, "stored again \(storing), deleted \(deleting)")
                }
            }
        }
    }

    private static let peer = NodeKeys(networkSeed: 7, name: "sn2")

    private func node() throws -> TestNode {
        try TestNode(table: ledgerTable([ListedNode(TestNode.keys), ListedNode(Self.peer)]))
    }

    private func copy(_ call: WireCall, acceptedAt moment: WireValue?, at node: TestNode) async throws -> Bencode {
        var call = call
        call.fields["accepted_at"] = moment
        return try await WireInterface.forward(node, call, from: Self.peer).bencode()
    }

    @Test(
        "A copy accepted before the deletion is answered as if it came in time, and stays away; one after it is kept"
    )
    func copies() async throws {
        let store = WireCall.store("one", timestamp: Self.now - 5000)
        let cases: [(moment: WireValue?, isKept: Bool)] = [
            (.number(Self.now - 1), false), (.number(Self.now), false), (.number(Self.now + 1), true),
            // The reference's copies have none, and what cannot be is none.
            (nil, true), (.number(-1), true), (.number(.max), true), (.number(Self.now + 86_400_001), true),
            (.text("1"), true),
        ]
        for (moment, isKept) in cases {
            let node = try node()
            let first = try await copy(store, acceptedAt: .number(Self.now - 2), at: node)
            _ = try await copy(.delete([WireOwner.hash("one")]), acceptedAt: .number(Self.now), at: node)
            #expect(try await node.store.messages(afterRow: 0, limit: 9).isEmpty)
            #expect(try await copy(store, acceptedAt: moment, at: node) == first, "\(String(describing: moment))")
            let held = try await node.store.messages(afterRow: 0, limit: 9).map(\.message)
            #expect(held.count == (isKept ? 1 : 0), "\(String(describing: moment))")
            #expect(held.allSatisfy { $0.timestamp == Self.now - 5000 && $0.storedAt == Self.now + 1 })
        }
    }

    @Test("A client's own word on when its request was accepted is ignored", arguments: [true, false])
    func clientsOwn(isJSON: Bool) async throws {
        let swarm = try TestSwarm(2)
        try await swarm.running {
            for value in [.number(Self.now - 900), .number(Self.now + 900), .text("x")] as [WireValue] {
                var store = WireCall.store("one", timestamp: Self.now - 5000)
                store.fields["accepted_at"] = value
                _ = try await swarm.wire(store, at: 0, isJSON: isJSON)
                for member in swarm.members {
                    let held = try await member.files.messages.messages(afterRow: 0, limit: 9).map(\.message)
                    #expect(held.map(\.storedAt) == [Self.now])
                }
            }
        }
    }
}
