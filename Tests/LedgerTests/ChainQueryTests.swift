import Ledger
import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@Suite struct ChainQueryTests {
    @Test("Block hashes come by height, in the new form and in the bare form storage servers read")
    func blockHashes() async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        let hash = await network.ledger.status.topHash
        let both = try await network.result("rpc.get_block_hash", ["heights": [0, 1]])
        #expect(both["1"] == .string(hash.hex) && both["0"]?.asString?.count == 64)
        #expect(both["height"] == 2 && both["status"] == "OK")
        #expect(try await network.reply("rpc.get_block_hash", #"{"height":[1]}"#) == ["200", "\"\(hash)\""])
    }

    @Test(
        "A height the chain does not have is refused, as is anything that is no height",
        arguments: [
            #"{"heights":[2]}"#, #"{"height":[18446744073709551615]}"#, #"{"heights":[-1]}"#, "{}", #"{"heights":5}"#,
        ])
    func badHeights(params: String) async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        #expect(try await network.reply("rpc.get_block_hash", params).first == "400")
    }

    @Test("No more than 1,000 hashes are given at once")
    func tooManyHashes() async throws {
        let network = try await TestNetwork(nodes: 0)
        let zeros = JSON.array(Array(repeating: 0, count: 1_001))
        #expect(try await network.reply("rpc.get_block_hash", JSON.object(["heights": zeros]).text).first == "400")
    }

    @Test("Height and block count are one more than the top block's height")
    func height() async throws {
        let network = try await TestNetwork(nodes: 1)
        try await network.register()
        #expect(try await network.reply("rpc.get_height", "") == ["200", #"{"height":2}"#])
        #expect(try await network.reply("rpc.get_block_count", "{}") == ["200", #"{"count":2,"status":"OK"}"#])
        #expect(
            try await network.reply("rpc.get_staking_requirement", "{}")
                == ["200", #"{"height":2,"staking_requirement":18550000000000,"status":"OK"}"#])
    }
}
