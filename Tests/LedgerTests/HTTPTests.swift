import Ledger
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@Suite struct HTTPTests {
    private func post(
        _ body: String, to network: TestNetwork
    ) async throws -> (status: Int, type: String?, body: String) {
        let reply = try #require(await network.transport.http("POST", "/json_rpc", Bytes(body.utf8)))
        return (reply.status, reply.headers["Content-Type"], String(decoding: reply.body, as: UTF8.self))
    }

    @Test("A desktop client's call for the node list is answered byte for byte")
    func desktop() async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        try await network.ping(0)
        let keys = network.nodes[0]
        let reply = try await post(
            """
            {"jsonrpc":"2.0","id":"0","method":"get_n_service_nodes","params":{"active_only":true,"fields":\
            {"public_ip":true,"storage_port":true,"pubkey_x25519":true,"pubkey_ed25519":true,\
            "requested_unlock_height":true,"height":true}}}
            """, to: network)
        #expect(reply.status == 200 && reply.type == "application/json")
        #expect(
            reply.body == """
                {"id":"0","jsonrpc":"2.0","result":{"height":2,"service_node_states":[\
                {"pubkey_ed25519":"\(keys.ed25519.publicKey)","pubkey_x25519":"\(keys.x25519.publicKey)",\
                "public_ip":"127.1.0.1","requested_unlock_height":0,"storage_port":22021}],"status":"OK"}}
                """)
    }

    @Test(
        "What is no call, or calls for something unknown, gets the code for it",
        arguments: [
            ("nonsense", #"{"error":{"code":-32700,"message":"Parse error"},"id":null,"jsonrpc":"2.0"}"#),
            (
                "[]",
                #"{"error":{"code":-32600,"message":"Invalid Request: expected an object"},"id":null,"jsonrpc":"2.0"}"#
            ),
            (
                #"{"id":3}"#,
                #"{"error":{"code":-32600,"message":"Invalid Request: no method"},"id":3,"jsonrpc":"2.0"}"#
            ),
            (
                #"{"id":"a","method":"get_height","params":[1]}"#,
                #"{"error":{"code":-32600,"message":"Invalid Request: params are no object"},"id":"a","jsonrpc":"2.0"}"#
            ),
            (
                #"{"id":1,"method":"mine"}"#,
                #"{"error":{"code":-32601,"message":"Method not found: mine"},"id":1,"jsonrpc":"2.0"}"#
            ),
            (
                #"{"id":1,"method":"storage_server_ping"}"#,
                #"{"error":{"code":-32601,"message":"Method not found: storage_server_ping"},"id":1,"jsonrpc":"2.0"}"#
            ),
            (
                #"{"id":1,"method":"get_block_hash","params":{"heights":[9]}}"#,
                #"{"error":{"code":-2,"message":"height 9 is too big: the chain has 1 blocks"},"id":1,"jsonrpc":"2.0"}"#
            ),
            (#"{"id":1,"method":"get_height"}"#, #"{"id":1,"jsonrpc":"2.0","result":{"height":1}}"#),
            (#"{"method":"get_height","params":null}"#, #"{"id":null,"jsonrpc":"2.0","result":{"height":1}}"#),
        ])
    func envelope(body: String, expected: String) async throws {
        let network = try await TestNetwork(nodes: 0)
        let reply = try await post(body, to: network)
        #expect(reply.status == 200 && reply.type == "application/json")
        #expect(reply.body == expected)
    }

    @Test("Other paths, other verbs and huge bodies get the HTTP status for it")
    func statuses() async throws {
        let network = try await TestNetwork(nodes: 0)
        let call = Bytes(#"{"method":"get_height"}"#.utf8)
        #expect(await network.transport.http("POST", "/", call)?.status == 404)
        #expect(await network.transport.http("GET", "/json_rpc", [])?.status == 405)
        #expect(await network.transport.http("GET", "/json_rpc", [])?.headers["Allow"] == "POST")
        #expect(await network.transport.http("POST", "/json_rpc?x=1", call)?.status == 200)
        let huge = Bytes(repeating: UInt8(ascii: " "), count: 1 << 20 + 1)
        #expect(await network.transport.http("POST", "/json_rpc", huge)?.status == 413)
    }
}
