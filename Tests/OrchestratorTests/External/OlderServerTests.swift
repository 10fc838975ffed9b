import NodeRuntime
import SessionClient
import SessionProtocol
import Testing
import TimeLimits

@testable import Orchestrator

/// A storage server that reads five elements of a message it is handed, and files it under the namespace 0.
@Suite(.serialized, .workLimit(minutes: 4)) struct OlderServerTests {
    /// Three that anyone may store to, and two that only the owner may.
    private static let namespaces: [Int16] = [0, 10, -10, 2, 5]

    @Test(
        "What a server missed it is handed as far as it files it rightly; the rest is withheld, and that is told",
        arguments: ["2.8.0", "2.11.3"])
    func missed(version: String) async throws {
        try await withDouble(ours: 3, ["--version", version]) { testnet in
            let identity = try ScriptedClients.identity(1, seed: 7)
            let nodes = await testnet.status().nodes
            let double = try #require(nodes.first { $0.isExternal })
            let facts = testnet.events.subscribe()
            try await testnet.act(.kill, on: [double.name])
            try await QueueClient.with { queue in
                let entry = try #require(nodes.first { !$0.isExternal })
                for number in Self.namespaces {
                    let store = Inbox.store("in \(number)", for: identity, Namespace(number))
                    #expect(try await queue.call("store", store, at: entry)["hash"] != nil)
                }
                try await testnet.act(.restart, on: [double.name])
                let isOld = version == "2.8.0"
                let last: EventKind = isOld ? .recordsWithheld : .recordsPushed
                let event = try await first(last, from: entry.name, in: facts) {
                    $0.fields["peer"]?.asString == double.legacy.hex
                }
                try await testnet.waitUntilSettled()
                if isOld { #expect(event.fields["messages"]?.asArray?.count == 2, "\(event.fields)") }
                let again = try #require(await testnet.status().nodes.first { $0.isExternal })
                for number in Self.namespaces {
                    let texts = try await queue.inbox(of: identity, Namespace(number), at: again)
                    #expect(texts == (isOld && number % 10 != 0 ? [] : ["in \(number)"]), "\(number)")
                    for node in nodes where !node.isExternal {
                        let own = try await queue.inbox(of: identity, Namespace(number), at: node)
                        #expect(own == ["in \(number)"], "\(node.name) \(number)")
                    }
                }
            }
        }
    }

    @Test("A server that is still looking for other networks when it is told of the block hears of it again soon")
    func reminded() async throws {
        // It would not hear of another block by itself as long as this test may last.
        try await withDouble(ours: 3, ["--bootstrap", "1", "--ping-interval", "3600"]) { testnet in
            #expect(await testnet.status().nodes.allSatisfy { $0.state == .running })
        }
    }

    @Test("A server that starts finds all our nodes in the ledger's first answer, and looks for no others")
    func startsLast() async throws {
        try await withDouble(ours: 10, ["--bootstrap", "3600", "--ping-interval", "3600"]) { testnet in
            #expect(await testnet.status().nodes.allSatisfy { $0.state == .running })
        }
    }
}
