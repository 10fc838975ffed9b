import Faults
import NodeRuntime
import SessionProtocol
import Sockets
import Testing
import TimeLimits

@testable import Orchestrator

@Suite(.workLimit(minutes: 2)) struct NodeLinksTests {
    private struct Answer: Equatable {
        var status: Int
        var body: JSON
    }

    @Test("A node tells the link rules it was given over its control socket, and refuses wrong ones by their place")
    func controlSocket() async throws {
        try await withFolder { folder in
            try await withNetwork(nodes: 4, in: folder) { testnet in
                func ask(_ method: String, _ body: JSON? = nil) async throws -> Answer {
                    let reply = try await ControlClient.request(
                        socketPath: testnet.settings.directory.node("n2").controlSocket, method: method, path: "/links",
                        body: body?.utf8 ?? [], timeout: .seconds(10))
                    return Answer(status: reply.status, body: try JSON(parsing: reply.body))
                }
                let none: JSON = ["rules": []]
                #expect(try await ask("GET") == Answer(status: 200, body: none))
                let rule = LinkRule("to nobody", to: .only([]), effect: .cut)
                try await testnet.setLinkRules(LinkRules([rule]))
                let one = Answer(status: 200, body: ["rules": [rule.json]])
                #expect(try await ask("GET") == one)

                let wrong: [(JSON, String)] = [
                    ([:], "rules is missing; it must be a list of rules"),
                    (
                        ["rules": [["name": "x"]]],
                        "rules[0].effect is missing; it must be what is done to matching messages"
                    ),
                ]
                for (body, text) in wrong {
                    #expect(try await ask("PUT", body) == Answer(status: 400, body: ["error": .string(text)]))
                }
                #expect(try await ask("GET") == one)
                #expect(try await ask("PUT", none) == Answer(status: 200, body: none))
                #expect(try await ask("GET") == Answer(status: 200, body: none))
                #expect(testnet.address(ofNode: "n2") == (await testnet.status().nodes[1].address))
                #expect(testnet.address(ofNode: "n5") == nil)
            }
        }
    }
}
