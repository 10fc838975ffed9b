import ManualTime
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage
import Testing
import TimeLimits

@testable import ServiceNode

/// Copies inside a swarm of whole nodes (storage-node §3.6, §8.1).
@Suite(.workLimit(minutes: 1)) struct ReplicationTests {
    private let account: TestAccount
    private let hash: String

    init() throws {
        account = try TestAccount()
        hash = MessageHash(account: account.session, namespace: .inbox, data: Bytes("hello".utf8)).text
    }

    private func entry(_ reply: JSON, _ member: TestSwarm.Member) throws -> JSON {
        try reply.need("swarm").need(member.name)
    }

    @Test("A store at one of five nodes is on all five, each signed for by its own node")
    func everywhere() async throws {
        let swarm = try TestSwarm(5)
        try await swarm.running {
            let reply = try await swarm.call(swarm.members[0], "store", account.store())
            #expect(try reply.text("hash") == hash)
            #expect(try reply.need("swarm").asObject?.count == 5)
            for (index, member) in swarm.members.enumerated() {
                let entry = try entry(reply, member)
                let expected = ["expiry", "hash", "signature"] + (index == 0 ? ["t"] : [])
                #expect(entry.asObject?.keys.sorted() == expected)
                #expect(try entry.text("hash") == hash)
                #expect(entry["expiry"] == 1_700_086_400_000)
                let signature = try #require(Base64.decode(entry.text("signature")))
                #expect(member.keys.ed25519.publicKey.verifies(signature, of: Bytes(hash.utf8)))
                let held = try await swarm.call(member, "retrieve", account.retrieve())
                #expect(
                    try held.list("messages") == [
                        [
                            "data": "aGVsbG8=", "expiration": 1_700_086_400_000, "hash": .string(hash),
                            "timestamp": 1_700_000_000_000,
                        ]
                    ])
                #expect(
                    try await member.node.inventory() == [
                        InventoryRecord(
                            account: account.session, namespace: .inbox, hash: #require(MessageHash(text: hash)),
                            timestamp: 1_700_000_000_000, expiry: 1_700_086_400_000,
                            digest: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
                    ])
            }
        }
    }

    @Test(
        "A copy is the request of the vectors and when it was accepted, sent once to every peer with five seconds to answer"
    )
    func copies() async throws {
        let swarm = try TestSwarm(3)
        let vector = try vectors("storage").need("sn_storage_cc")
        try await swarm.running {
            _ = try await swarm.call(swarm.members[0], "store", account.store())
            let copies = swarm.members[0].transport.requests("sn.storage_cc")
            let body = try vector.bytes("part1_hex")
            let first = try #require(copies.first)
            #expect(copies.map(\.parts) == [first.parts, first.parts])
            #expect(first.parts.count == 2 && first.parts[0] == Bytes("store".utf8))
            // Keys are in order, so the one that the vector does not have comes first.
            let added = Bytes("11:accepted_ati1700000000000e".utf8)
            #expect(first.parts[1] == Bytes(body.prefix(1)) + added + body.dropFirst())
            var fields = try #require(try Bencode(parsing: first.parts[1]).asDictionary)
            #expect(fields.removeValue(forKey: "accepted_at") == .integer(account.time))
            #expect(try fields == Bencode(parsing: body).asDictionary)
            #expect(Set(copies.map(\.peer.publicKey)) == Set(swarm.members[1...].map(\.key)))
            #expect(copies.allSatisfy { $0.timeout == .seconds(5) && $0.peer.port == 22_020 })
            for member in swarm.members[1...] {
                #expect(member.transport.requests("sn.storage_cc").isEmpty, "a copy was forwarded again")
            }
        }
    }

    @Test("A signed copy carries the namespace, the signature's time and every key, and peers accept it")
    func signedCopy() async throws {
        let swarm = try TestSwarm(2)
        try await swarm.running {
            let token = [5, 2, 0, 0] + account.keys.publicKey.bytes
            let text = SignedText.store(Namespace(2), timestamp: account.time)
            let reply = try await swarm.call(
                swarm.members[0], "store",
                account.signedStore(
                    "m", 2,
                    extra: [
                        "subaccount": .string(Base64.encode(token)), "subaccount_sig": .string(account.sign(token)),
                        "timestamp": .integer(account.time - 5), "sig_timestamp": .integer(account.time),
                    ]))
            #expect(try entry(reply, swarm.members[1])["failed"] == nil)
            let copy = try #require(swarm.members[0].transport.requests("sn.storage_cc").first)
            #expect(
                try Bencode(parsing: copy.parts[1])
                    == .dictionary([
                        "accepted_at": .integer(account.time), "data": .text("m"),
                        "expiry": .integer(account.time - 5 + 86_400_000), "namespace": .integer(2),
                        "pubkey": .bytes(account.session.bytes),
                        "pubkey_ed25519": .bytes(account.keys.publicKey.bytes), "sig_timestamp": .integer(account.time),
                        "signature": .bytes(account.keys.sign(text)), "subaccount": .bytes(token),
                        "subaccount_sig": .bytes(account.keys.sign(token)), "timestamp": .integer(account.time - 5),
                    ]))
        }
    }

    @Test("A second store is `already`: true here, 1 where it came through bencode")
    func already() async throws {
        let swarm = try TestSwarm(3)
        try await swarm.running {
            _ = try await swarm.call(swarm.members[0], "store", account.store())
            let reply = try await swarm.call(swarm.members[0], "store", account.store())
            #expect(try entry(reply, swarm.members[0])["already"] == true)
            #expect(try entry(reply, swarm.members[1])["already"] == 1)
            #expect(try entry(reply, swarm.members[2])["already"] == 1)
        }
    }

    @Test("A peer whose clock disagrees refuses the copy in its own name, and the store succeeds without it")
    func peerValidates() async throws {
        let swarm = try TestSwarm(3, skews: [1: -60_000, 2: 200_000])
        try await swarm.running {
            let inbox = try await swarm.call(swarm.members[0], "store", account.store())
            #expect(
                try entry(inbox, swarm.members[1])
                    == ["failed": true, "code": "406", "reason": "Timestamp error: check your clock"])
            #expect(try entry(inbox, swarm.members[2])["failed"] == nil)
            let signed = try await swarm.call(swarm.members[0], "store", account.signedStore("m", 2))
            #expect(
                try entry(signed, swarm.members[2]) == [
                    "failed": true, "code": "406", "reason": "store signature timestamp too far from current time",
                ])
            #expect(try signed.text("hash").count == 43)
            #expect(try await swarm.members[1].node.inventory().isEmpty)
        }
    }

    @Test("Every way a peer can fail has its entry, and none of them fails the store")
    func failures() async throws {
        let swarm = try TestSwarm(6)
        let peers = swarm.members
        swarm.set(.silent, for: peers[1])
        swarm.set(.unreachable, for: peers[2])
        swarm.set(.answers([Bytes("no bencode".utf8)]), for: peers[3])
        swarm.set(.answers([]), for: peers[4])
        swarm.set(.answers([Bytes("503".utf8), Bytes("busy".utf8)]), for: peers[5])
        try await swarm.running {
            let reply = try await swarm.call(peers[0], "store", account.store())
            #expect(try entry(reply, peers[0])["failed"] == nil)
            for index in [1, 2] { #expect(try entry(reply, peers[index]) == ["failed": true, "timeout": true]) }
            for index in [3, 4] {
                #expect(try entry(reply, peers[index]) == ["failed": true, "bad_peer_response": true])
            }
            #expect(try entry(reply, peers[5]) == ["failed": true, "code": "503", "reason": "busy"])
            let lost = peers[0].events.all(.peerUnreachable)
            #expect(
                Set(lost.map { $0.fields["peer"]?.asString }) == Set(peers[1...2].map(\.keys.legacy.publicKey.hex)))
        }
    }

    @Test("A store that failed on this node still goes to the peers, and has no hash of its own")
    func ownStoreFails() async throws {
        let swarm = try TestSwarm(2)
        try await swarm.running {
            await swarm.members[0].files.messages.close()
            let reply = try await swarm.call(swarm.members[0], "store", account.store())
            #expect(reply["hash"] == nil)
            #expect(try entry(reply, swarm.members[0])["query_failure"] == true)
            #expect(try entry(reply, swarm.members[1]).text("hash") == hash)
        }
    }

    @Test(
        "A lost peer is waited for 40 ms only, is asked every half second, and counts again once it answers",
        arguments: [true, false]
    )
    func lost(isSilent: Bool) async throws {
        let swarm = try TestSwarm(2)
        let entryNode = swarm.members[0]
        let sleeper = swarm.members[1]
        let condition: TestSwarm.Condition = isSilent ? .silent : .unreachable
        try await swarm.running {
            swarm.set(condition, for: sleeper)
            for text in ["a", "b"] { _ = try await swarm.call(entryNode, "store", account.store(text)) }
            #expect(
                entryNode.transport.requests("sn.storage_cc").map(\.timeout) == [.seconds(5), .milliseconds(40)])
            // At once, as it may only have lost a connection; then again and again. The push of what it missed waits too.
            await entryNode.transport.untilRequested("sn.ping", count: 1)
            for round in 1...2 {
                await entryNode.clock.untilSomeoneSleeps(until: .milliseconds(500 * round))
                entryNode.clock.advance(by: .milliseconds(500))
                await entryNode.transport.untilRequested("sn.ping", count: round + 1)
            }
            #expect(entryNode.transport.requests("sn.ping").allSatisfy { $0.timeout == .seconds(5) })
            #expect(entryNode.events.all(.peerReturned).isEmpty)
            swarm.set(.alive, for: sleeper)
            await entryNode.clock.untilSomeoneSleeps(until: .milliseconds(1_500))
            entryNode.clock.advance(by: .milliseconds(500))
            await entryNode.events.until(.peerReturned)
            #expect(
                entryNode.events.all(.peerReturned).map(\.fields)
                    == [["peer": .string(sleeper.keys.legacy.publicKey.hex)]])
            #expect(entryNode.events.all(.peerUnreachable).count == 1)
            let reply = try await swarm.call(entryNode, "store", account.store("c"))
            #expect(try entry(reply, sleeper)["failed"] == nil)
            #expect(entryNode.transport.requests("sn.storage_cc").last?.timeout == .seconds(5))
            // An answer to the push of what it missed would count as a return.
            await swarm.settled()
            // Past the end of the last half second: a peer that answers is asked no more.
            await entryNode.clock.untilSomeoneSleeps(until: .milliseconds(2_000))
            entryNode.clock.advance(by: .milliseconds(700))
            swarm.set(condition, for: sleeper)
            _ = try await swarm.call(entryNode, "store", account.store("d"))
            await entryNode.clock.untilSomeoneSleeps(until: .milliseconds(2_700))
            await entryNode.transport.untilRequested("sn.ping", count: 5)
            #expect(entryNode.transport.requests("sn.ping").count == 5)
        }
    }

    @Test(
        "A peer that left the swarm is forgotten: it is no longer probed, and is waited for in full if it comes back",
        arguments: [true, false])
    func forgotten(isSilent: Bool) async throws {
        let swarm = try TestSwarm(3)
        let entryNode = swarm.members[0]
        let peer = swarm.members[1]
        let stays = swarm.members[2]
        try await swarm.running {
            swarm.set(isSilent ? .silent : .unreachable, for: peer)
            swarm.set(.silent, for: stays)
            _ = try await swarm.call(entryNode, "store", account.store("a"))
            swarm.list(
                [ListedNode(entryNode.keys), ListedNode(peer.keys, swarm: 0x99), ListedNode(stays.keys)],
                block: "b2")
            try await swarm.announceBlock(to: entryNode)
            await entryNode.events.until(.swarmEntered, count: 2)
            await entryNode.clock.untilSomeoneSleeps(until: .milliseconds(500))
            let before = entryNode.transport.requests("sn.ping").count
            entryNode.clock.advance(by: .milliseconds(500))
            await entryNode.transport.untilRequested("sn.ping", count: before + 1)
            await entryNode.clock.untilSomeoneSleeps(until: .milliseconds(1_000))
            #expect(entryNode.transport.requests("sn.ping")[before...].map(\.peer.publicKey) == [stays.key])
            swarm.list(swarm.members.map { ListedNode($0.keys) }, block: "b3")
            try await swarm.announceBlock(to: entryNode)
            await entryNode.events.until(.swarmEntered, count: 3)
            // It is pushed what it missed, and so found out anew.
            await entryNode.events.until(.peerUnreachable, count: 3)
            _ = try await swarm.call(entryNode, "store", account.store("b"))
            let copies = entryNode.transport.requests("sn.storage_cc")
            let timeouts = { (key: X25519PublicKey) in
                copies.filter { $0.peer.publicKey == key }.map(\.timeout)
            }
            #expect(timeouts(peer.key) == [.seconds(5), .milliseconds(40)])
            #expect(timeouts(stays.key) == [.seconds(5), .milliseconds(40)])
            let lost = entryNode.events.all(.peerUnreachable).map { $0.fields["peer"]?.asString }
            #expect(lost.count { $0 == peer.keys.legacy.publicKey.hex } == 2, "coming back begins anew")
        }
    }

    @Test(
        "The table that drops a peer makes it forgotten at once, however it failed: coming back begins anew",
        arguments: [true, false])
    func forgottenAtOnce(isSilent: Bool) async throws {
        let swarm = try TestSwarm(2)
        let entryNode = swarm.members[0]
        let peer = swarm.members[1]
        swarm.set(isSilent ? .silent : .unreachable, for: peer)
        try await swarm.running {
            _ = try await swarm.call(entryNode, "store", account.store("a"))
            swarm.list([ListedNode(entryNode.keys), ListedNode(peer.keys, swarm: 0x99)], block: "b2")
            try await swarm.announceBlock(to: entryNode)
            await entryNode.events.until(.swarmEntered, count: 2)
            swarm.list(swarm.members.map { ListedNode($0.keys) }, block: "b3")
            try await swarm.announceBlock(to: entryNode)
            await entryNode.events.until(.swarmEntered, count: 3)
            // It is pushed what it missed, and so found out anew.
            await entryNode.events.until(.peerUnreachable, count: 2)
        }
    }

    @Test("A peer that refuses is failed but alive: nobody hurries it, probes it or tells of it")
    func refusing() async throws {
        let swarm = try TestSwarm(2)
        let entryNode = swarm.members[0]
        swarm.set(.refuses("FORBIDDEN_SN"), for: swarm.members[1])
        try await swarm.running {
            for text in ["a", "b"] {
                let reply = try await swarm.call(entryNode, "store", account.store(text))
                #expect(try entry(reply, swarm.members[1]) == ["failed": true, "timeout": true])
            }
            #expect(entryNode.transport.requests("sn.storage_cc").map(\.timeout) == [.seconds(5), .seconds(5)])
            #expect(entryNode.events.all(.peerUnreachable).isEmpty)
        }
    }

    @Test("Copies go to the members of the newest table only, and a node that left is refused")
    func membershipChange() async throws {
        let swarm = try TestSwarm(3)
        let left = swarm.members[2]
        try await swarm.running {
            swarm.list(
                swarm.members[..<2].map { ListedNode($0.keys) }
                    + [ListedNode(left.keys, swarm: ListedNode.decommissioned)], block: "b2")
            for member in swarm.members {
                try await swarm.announceBlock(to: member)
                await member.events.until(.swarmEntered, count: 2)
            }
            let reply = try await swarm.call(swarm.members[0], "store", account.store())
            #expect(try reply.need("swarm").asObject?.keys.sorted() == swarm.members[..<2].map(\.name).sorted())
            let copy = [Bytes("store".utf8), try vectors("storage").need("sn_storage_cc").bytes("part1_hex")]
            #expect(
                await swarm.request(swarm.members[0], "sn.storage_cc", copy, from: left.key)
                    == .refused("FORBIDDEN_SN"))
            guard case .reply(let parts) = await swarm.request(left, "sn.storage_cc", copy, from: swarm.members[0].key)
            else {
                Issue.record("a decommissioned node must still answer")
                return
            }
            #expect(parts.first == Bytes("421".utf8))
            #expect(left.node.standing.swarm == nil)
            #expect(left.node.standing.reasonNotReady == "not in any swarm")
            #expect(
                swarm.members[0].node.standing
                    == NodeStanding(
                        swarm: SwarmID(0x10), height: 1, blockHash: "b2", reasonNotReady: nil, pendingTransfers: 0,
                        isSettled: true))
        }
    }
}
