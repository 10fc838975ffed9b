import NodeRuntime
import SessionProtocol
import Testing

@testable import Orchestrator

@Suite struct ReadinessLadderTests {
    private let names = ["aa": "n1", "bb": "n2", "cc": "n10"]

    private func ladder(after events: [Event] = []) -> ReadinessLadder {
        var ladder = ReadinessLadder(names: names, clients: 2)
        for event in events { ladder.apply(event) }
        return ladder
    }

    private func assigned(_ swarms: JSON) -> Event {
        Event(.swarmsAssigned, from: "ledger", ["swarms": swarms])
    }

    private func entered(_ node: String, _ swarm: JSON, _ members: JSON, reachable: JSON = 3) -> Event {
        Event(.swarmEntered, from: node, ["swarm": swarm, "members": members, "reachable": reachable])
    }

    @Test("Registrations and proofs count each node of the network once and strangers not at all")
    func registrationsAndProofs() {
        for (kind, rung) in [(EventKind.nodeRegistered, Rung.registered), (.uptimeProof, .proofs)] {
            let ladder = ladder(
                after: ["bb", "bb", "dd"].map { Event(kind, from: "ledger", ["node": .string($0)]) })
            #expect(ladder.progress(rung) == RungProgress(rung: rung, done: 1, of: 3))
            #expect(ladder.missing(rung) == ["n1", "n10"])
        }
    }

    @Test("A node agrees only when it sees the ledger's members of its swarm and reaches every node")
    func agreement() {
        let truth = assigned(["0": ["aa", "bb"], "7": ["cc"]])
        let good = [
            entered("n1", "0", ["bb", "aa"]), entered("n2", "0", ["aa", "bb"]),
            entered("n10", "7", ["cc"]),
        ]
        #expect(ladder(after: [truth] + good).progress(.swarmsAgreed).isReached)

        let flawed: [(Event, String)] = [
            (entered("n1", "7", ["aa", "bb"]), "another swarm"),
            (entered("n1", "0", ["aa"]), "a member too few"),
            (entered("n1", "0", ["aa", "bb", "cc"]), "a member too many"),
            (entered("n1", "0", ["aa", "bb"], reachable: 2), "an unreachable node"),
        ]
        for (event, flaw) in flawed {
            let ladder = ladder(after: [truth] + good + [event])
            #expect(ladder.missing(.swarmsAgreed) == ["n1"], "\(flaw)")
        }
    }

    @Test("A new assignment by the ledger takes back the agreement with the old one")
    func newAssignment() {
        var ladder = ladder(after: [
            assigned(["0": ["aa", "bb", "cc"]]), entered("n1", "0", ["aa", "bb", "cc"]),
        ])
        #expect(ladder.progress(.swarmsAgreed).done == 1)
        ladder.apply(assigned(["0": ["aa", "bb"], "7": ["cc"]]))
        #expect(ladder.progress(.swarmsAgreed).done == 0)
    }

    @Test("Ledger, answering nodes, paths and the canary each move only their own rung")
    func otherRungs() {
        var ladder = ladder()
        #expect(Rung.allCases.allSatisfy { ladder.progress($0).done == 0 })
        ladder.ledgerOpened()
        ladder.answered(node: "n2")
        ladder.apply(Event(.pathBuilt, from: "client:alice"))
        ladder.apply(Event(.pathBuilt, from: "client:alice"))
        #expect(Rung.allCases.map { ladder.progress($0).done } == [1, 1, 0, 0, 0, 1, 0])
        for client in ["bob", "carol"] { ladder.apply(Event(.pathBuilt, from: "client:\(client)")) }
        ladder.apply(Event(.messageReceived, from: "client:bob"))
        #expect(ladder.progress(.pathsBuilt) == RungProgress(rung: .pathsBuilt, done: 2, of: 2))
        #expect(ladder.progress(.canaryDelivered).isReached)
    }

    @Test("A node that joins is one more to wait for, and one that leaves takes along all it had reached")
    func changingNodes() {
        var ladder = ladder(after: [
            assigned(["0": ["aa", "bb", "cc"]]), entered("n1", "0", ["aa", "bb", "cc"]),
            Event(.nodeRegistered, from: "ledger", ["node": "aa"]), Event(.uptimeProof, from: "ledger", ["node": "aa"]),
        ])
        ladder.answered(node: "n1")
        ladder.join("n11", key: "dd")
        for rung in [Rung.nodesAnswering, .registered, .proofs] {
            #expect(ladder.progress(rung) == RungProgress(rung: rung, done: 1, of: 4))
        }
        // Three nodes are no longer all of them.
        #expect(ladder.missing(.swarmsAgreed) == ["n1", "n2", "n10", "n11"])
        #expect(ladder.has("n11"))

        ladder.leave("n1")
        #expect(!ladder.has("n1"))
        for rung in [Rung.nodesAnswering, .registered, .proofs, .swarmsAgreed] {
            #expect(ladder.progress(rung) == RungProgress(rung: rung, done: 0, of: 3))
        }
        ladder.apply(Event(.nodeRegistered, from: "ledger", ["node": "aa"]))
        #expect(ladder.progress(.registered).done == 0, "it is a stranger now")
    }

    @Test("A node that the ledger let go or threw out is not registered any more")
    func unregistered() {
        for kind in [EventKind.nodeExpired, .nodeDeregistered] {
            var ladder = ladder(after: [Event(.nodeRegistered, from: "ledger", ["node": "bb"])])
            #expect(ladder.progress(.registered).done == 1)
            ladder.apply(Event(kind, from: "ledger", ["node": "bb"]))
            #expect(ladder.missing(.registered) == ["n1", "n2", "n10"])
        }
    }

    @Test("Names sort as people count, whatever their number of digits")
    func naturalOrder() {
        let sorted = ["a", "a-2", "b1", "n1", "n2", "n02", "n10", "n100"]
        #expect(
            NaturalOrder.sorted(sorted.reversed()) == [
                "a", "a-2", "b1", "n1", "n02", "n2", "n10", "n100",
            ])
    }
}
