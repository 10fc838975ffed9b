import SessionProtocol
import Testing

@testable import ServiceNode

/// `ifelse`: one of two requests, chosen by what the network has come to (storage-node §3.7).
struct IfElseTests {
    /// Hard fork 19.3, version 2.8.0, this height.
    private static let height = 12

    @Test(
        "A request that cannot be read is refused with the reference's words",
        arguments: [
            ("{}", #" request: no valid "if" field"#), (#"{"if":[]}"#, #" request: no valid "if" field"#),
            (#"{"if":{}}"#, #" request: must specify at least one "if" condition"#),
            (#"{"if":{"hf":[1]}}"#, #" request: must specify at least one "if" condition"#),
            (#"{"if":{"v_before":[]}}"#, #" request: must specify at least one "if" condition"#),
            (#"{"if":{"v_before":1}}"#, #" request: at least one of "then"/"else" required"#),
            (#"{"if":{"v_before":1},"then":null}"#, " request: then must be an object"),
            (#"{"if":{"v_before":1},"else":null}"#, " request: else must be an object"),
            (#"{"if":{"v_before":1},"then":1}"#, " request: then must be an object"),
            (#"{"if":{"v_before":1},"else":[]}"#, " request: else must be an object"),
            (#"{"if":{"v_before":1},"then":{}}"#, " request: then must have method/params keys"),
            (#"{"if":{"v_before":1},"else":{"method":"info"}}"#, " request: else must have method/params keys"),
            (#"{"if":{"v_before":1},"else":{"method":"no","params":{}}}"#, #" request method "else""#),
            (#"{"if":{"v_before":1},"then":{"method":"path_build","params":{}}}"#, #" request method "then""#),
            (#"{"if":{},"then":1}"#, #" request: must specify at least one "if" condition"#),
            (#"{"if":{"v_before":1},"then":1,"else":1}"#, " request: then must be an object"),
            ("de", #" request: no valid "if" field"#), ("d2:iflee", #" request: no valid "if" field"#),
            ("d2:ifd8:v_beforei1eee", #" request: at least one of "then"/"else" required"#),
            ("d4:elsele2:ifdee", " request: else must be a dict"), ("d4:elsedee", " request: else missing method"),
            ("d4:elsed6:method4:infoee", " request: else missing params"),
            ("d2:ifd8:v_beforei1ee4:thend6:paramsdeee", " request: then missing method"),
        ])
    func malformed(body: String, problem: String) async throws {
        let reply = try await TestNode().texts("storage.ifelse", [Bytes(body.utf8)])
        #expect(reply == ["400", "invalid request: Invalid ifelse\(problem)"])
    }

    @Test(
        "A condition of the wrong type, and a branch with a wrong parameter, are refused in their own words",
        arguments: [
            (#"{"if":{"hf_before":"x"}}"#, "Invalid value given for 'hf_before': expected integer array"),
            (#"{"if":{"height_before":[1]}}"#, "Invalid value given for 'height_before': expected integer"),
            (#"{"if":{"v_at_least":[1.5]}}"#, "Invalid value given for 'v_at_least': expected integer array"),
            (
                #"{"if":{"v_before":1},"else":{"method":"get_swarm","params":{}}}"#,
                "Required field 'pubkey' missing"
            ),
        ])
    func wrongParameters(body: String, problem: String) async throws {
        let reply = try await TestNode().texts("storage.ifelse", [Bytes(body.utf8)])
        #expect(reply == ["400", "invalid request: \(problem)"])
    }

    @Test(
        "Conditions all have to hold; lists are cut or filled with zeros to two or three numbers",
        arguments: [
            (#"{"hf_at_least":[19,3]}"#, true), (#"{"hf_at_least":[19,4]}"#, false), (#"{"hf_at_least":19}"#, true),
            (#"{"hf_at_least":[20]}"#, false), (#"{"hf_at_least":[18,99]}"#, true),
            (#"{"hf_before":[19,3]}"#, false), (#"{"hf_before":[19,4]}"#, true), (#"{"hf_before":[19]}"#, false),
            (#"{"hf_before":20}"#, true), (#"{"hf_at_least":[19,3,7]}"#, true), (#"{"hf_before":[19,3,7]}"#, false),
            (#"{"v_at_least":[2,8]}"#, true), (#"{"v_at_least":[2,8,1]}"#, false), (#"{"v_before":[2,8,1]}"#, true),
            (#"{"v_before":[2,8,0,9]}"#, false), (#"{"v_before":3}"#, true),
            (#"{"height_at_least":12}"#, true), (#"{"height_at_least":13}"#, false), (#"{"height_before":12}"#, false),
            (#"{"height_before":13}"#, true), (#"{"height_at_least":-9223372036854775808}"#, true),
            (#"{"hf_at_least":[19],"height_before":12}"#, false), (#"{"hf_at_least":[19],"v_before":[3]}"#, true),
            (#"{"hf_at_least":[],"height_before":13}"#, true),
        ])
    func conditions(condition: String, isMet: Bool) async throws {
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys)], height: Self.height))
        let call: JSON = ["method": "info", "params": [:]]
        let reply = try await node.result("ifelse", ["if": try JSON(parsing: condition), "then": call])
        #expect(reply["condition"] == .bool(isMet))
        #expect((reply["result"] != nil) == isMet, "a branch that is not there is not run")
    }

    @Test("The answer tells what was compared, and the chosen branch's code and body")
    func answer() async throws {
        let node = try TestNode(table: ledgerTable([ListedNode(TestNode.keys)], height: Self.height))
        let refused: JSON = ["method": "retrieve", "params": ["pubkey": .string(try TestAccount().session.hex)]]
        let parameters: JSON = [
            "if": ["height_before": 1], "then": ["method": "info", "params": [:]], "else": refused,
        ]
        let result = #"{"body":"retrieve: request signature required","code":401}"#
        #expect(
            try await node.call("ifelse", parameters)
                == [#"{"condition":false,"height":12,"hf":[19,3],"result":\#(result),"v":[2,8,0]}"#])
    }

    @Test("A branch may be any method, batches and further conditions included")
    func nested() async throws {
        let batch: JSON = ["method": "batch", "params": ["requests": [["method": "info", "params": [:]]]]]
        let inner: JSON = ["method": "ifelse", "params": ["if": ["hf_before": 1], "else": batch]]
        let outer: JSON = ["if": ["hf_at_least": 1], "then": inner]
        let reply = try await TestNode().result("ifelse", outer)
        let middle = try reply.need("result").need("body")
        #expect(middle["condition"] == .bool(false))
        let results = try middle.need("result").need("body").list("results")
        #expect(results.map { $0["code"] } == [200])
    }

    @Test("In bencode the branches are read in the order of their keys")
    func bencode() async throws {
        let body = "d4:elsed6:method4:info6:paramsdee2:ifd9:hf_beforeli19ei3eeee"
        let reply = try await TestNode().texts("storage.ifelse", [Bytes(body.utf8)])
        #expect(reply.count == 1)
        let answer = try Bencode(parsing: Bytes(reply[0].utf8))
        #expect(answer["condition"] == .integer(0))
        #expect(answer["result"]?["code"] == .integer(200))
    }
}
