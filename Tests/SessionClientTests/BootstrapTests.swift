import NodeRuntime
import SessionClient
import SessionProtocol
import Synchronization
import Testing

@Suite("Bootstrap")
struct BootstrapTests {
    @Test("The list is asked for as clients ask: one POST to the seed, every field by name, no limit")
    func request() async throws {
        let fixture = try ClientFixture(FakeNetwork())
        try await fixture.client.start()
        let posts = fixture.network.state.withLock { $0.seedRequests }
        #expect(posts.count == 1)
        let post = try #require(posts.first)
        let body = try JSON(parsing: post.body)
        #expect(post.url == "http://127.0.0.1:1280/json_rpc")
        #expect(post.headers["Content-Type"] == "application/json")
        #expect(body["method"] == "get_n_service_nodes")
        #expect(body["params"]?["active_only"] == true)
        #expect(body["params"]?["limit"] == nil)
        for field in [
            "public_ip", "storage_port", "pubkey_x25519", "pubkey_ed25519", "requested_unlock_height", "height",
        ] {
            #expect(body["params"]?["fields"]?[field] == true)
        }
    }

    static let good = FakeNetwork().nodes.map(FakeNetwork.listing)

    @Test(
        "Every departure from the contract is refused with its reason",
        arguments: [
            (
                FakeNetwork.listReply(good, type: "application/json; charset=utf-8"),
                .contentType("application/json; charset=utf-8")
            ),
            (FakeNetwork.listReply(good, type: "text/plain"), .contentType("text/plain")),
            (HTTPReply(status: 200, body: FakeNetwork.listReply(good).body), .contentType(nil)),
            (
                HTTPReply(status: 201, headers: ["Content-Type": "application/json"], body: Bytes("a\nb".utf8)),
                .status(201, text: "a b")
            ),
            (
                HTTPReply(status: 200, headers: ["content-type": "application/json"], body: Bytes("{}".utf8)),
                .malformed("has no result.service_node_states")
            ),
            (FakeNetwork.listReply([["public_ip": "127.0.0.1"]]), .noUsableNode(listed: 1)),
        ] as [(HTTPReply, BootstrapFailure)])
    func refusals(reply: HTTPReply, failure: BootstrapFailure) async throws {
        let fixture = try ClientFixture(FakeNetwork())
        fixture.network.change { $0.seedReply = reply }
        await #expect(throws: ClientError.bootstrap(url: FakeNetwork.seedURL, failure)) {
            try await fixture.client.start()
        }
        #expect(fixture.network.state.withLock { $0.seedRequests.count } == 1, "a wrong answer is not asked for again")
    }

    @Test("Nodes without address, key or port are left out, and fewer than four usable nodes are too few")
    func unusableNodes() async throws {
        let fixture = try ClientFixture(FakeNetwork())
        let broken: [(String, JSON)] = [
            ("public_ip", ""), ("public_ip", "0.0.0.0"), ("public_ip", 1), ("storage_port", 0),
            ("storage_port", "22021"),
            ("storage_port", 65_536), ("pubkey_x25519", ""), ("pubkey_ed25519", .null),
            ("requested_unlock_height", .null),
        ]
        let states = broken.map { field, value in
            var fields = Self.good[4].asObject ?? [:]
            fields[field] = value
            return JSON.object(fields)
        }
        fixture.network.change { $0.seedReply = FakeNetwork.listReply(states + Self.good.prefix(3) + [Self.good[0]]) }
        await #expect(throws: ClientError.tooFewNodes(known: 3, needed: 4)) { try await fixture.client.start() }
    }

    @Test("A client that was not started says so")
    func notStarted() async throws {
        let fixture = try ClientFixture(FakeNetwork())
        await #expect(throws: ClientError.notStarted) { try await fixture.client.retrieve() }
    }
}
