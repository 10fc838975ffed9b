import NodeRuntime
import SessionProtocol
import Testing

@testable import ServiceNode

/// `oxend_request`: what a client may ask the ledger through a node (storage-node §3.2, §3.6, §10.2).
struct OxendRequestTests {
    private func node(_ outcome: OMQOutcome) throws -> TestNode {
        try TestNode(transport: TestTransport(answer: { _ in outcome }))
    }

    private static func reply(_ parts: String...) -> OMQOutcome { .reply(parts.map { Bytes($0.utf8) }) }

    @Test(
        "Parameters that are wrong are refused before anybody is asked",
        arguments: [
            ("{}", "Required field 'endpoint' missing"),
            (#"{"endpoint":1}"#, "Invalid value given for 'endpoint': expected string"),
            (#"{"endpoint":"get_info"}"#, "Invalid oxend endpoint 'get_info'"),
            (#"{"endpoint":""}"#, "Invalid oxend endpoint ''"),
            (#"{"endpoint":"rpc.ons_resolve"}"#, "Invalid oxend endpoint 'rpc.ons_resolve'"),
            ("de", "Required field 'endpoint' missing"),
            ("d8:endpoint3:abce", "Invalid oxend endpoint 'abc'"),
            ("d8:endpoint11:ons_resolve6:paramsdee", "Invalid value given for 'params': expected string"),
            (
                "d8:endpoint11:ons_resolve6:params1:{e",
                "oxend_request params field does not contain valid json"
            ),
        ])
    func refused(body: String, problem: String) async throws {
        let node = try node(Self.reply("200", "{}"))
        #expect(
            try await node.texts("storage.oxend_request", [Bytes(body.utf8)]) == ["400", "invalid request: \(problem)"])
        #expect(node.transport.requests.isEmpty)
    }

    @Test(
        "The ledger is asked with the client's own parameters, whatever they are, or with none",
        arguments: [
            (#"{"endpoint":"ons_resolve"}"#, "rpc.ons_resolve", nil),
            (#"{"endpoint":"ons_resolve","params":null}"#, "rpc.ons_resolve", nil),
            (#"{"endpoint":"ons_resolve","params":{"type":0,"a":[1.5]}}"#, "rpc.ons_resolve", #"{"a":[1.5],"type":0}"#),
            (#"{"endpoint":"get_service_nodes","params":[]}"#, "rpc.get_service_nodes", "[]"),
            (#"{"endpoint":"get_service_nodes","params":"x"}"#, "rpc.get_service_nodes", #""x""#),
            ("d8:endpoint17:get_service_nodese", "rpc.get_service_nodes", nil),
            (#"d8:endpoint17:get_service_nodes6:params7:{"b":1}e"#, "rpc.get_service_nodes", #"{"b":1}"#),
        ] as [(String, String, String?)])
    func asked(body: String, command: String, parameters: String?) async throws {
        let node = try node(Self.reply("200", "7"))
        let answer = try await node.texts("storage.oxend_request", [Bytes(body.utf8)])
        #expect(answer.count == 1)
        let requests = node.transport.requests
        #expect(requests.map(\.command) == [command])
        #expect(requests.map(\.parts) == [parameters.map { [Bytes($0.utf8)] } ?? []])
        #expect(requests.first?.peer.role == .ledger)
    }

    @Test(
        "What the ledger answers is passed on: JSON as it is, an error as its text, anything else as unknown",
        arguments: [
            (
                reply("200", #"{"b":[1.5,null],"a":18446744073709551615}"#),
                [
                    #"{"hf":[19,3],"result":{"a":18446744073709551615,"b":[1.5,null]},"t":1700000000000}"#
                ]
            ),
            (reply("200", "{"), ["502", "oxend returned unparsable data"]),
            (reply("200", ""), ["502", "oxend returned unparsable data"]),
            (reply("400", "no such name"), ["400", "no such name"]),
            (reply("400", ""), ["400", "Unknown oxend error"]),
            (reply("200"), ["400", "Unknown oxend error"]), (reply(), ["400", "Unknown oxend error"]),
            (.timedOut, ["400", "Unknown oxend error"]), (.unreachable("gone"), ["400", "Unknown oxend error"]),
            (.refused("FORBIDDEN"), ["400", "Unknown oxend error"]),
        ] as [(OMQOutcome, [String])])
    func answered(outcome: OMQOutcome, expected: [String]) async throws {
        #expect(try await node(outcome).call("oxend_request", ["endpoint": "ons_resolve"]) == expected)
    }

    @Test(
        "A bencoded answer has no form for fractions and nulls, and fails",
        arguments: [
            (
                #"{"a":[true,18446744073709551615,"x"]}"#,
                "d2:hfli19ei3ee6:resultd1:ali1ei18446744073709551615e1:xee1:ti"
            ),
            ("[1.5]", nil), (#"{"a":null}"#, nil),
        ] as [(String, String?)])
    func inBencode(result: String, expected: String?) async throws {
        let node = try node(Self.reply("200", result))
        let request = Bencode.dictionary(["endpoint": .text("ons_resolve")])
        let reply = try await node.call("oxend_request", bencode: request)
        #expect(reply == (expected.map { [$0 + "1700000000000ee"] } ?? ["500", "request failed"]))
    }
}
