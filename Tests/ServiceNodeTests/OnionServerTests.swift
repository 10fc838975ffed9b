import NodeRuntime
import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// Onions that leave the network for a server (storage-node §7.3).
struct OnionServerTests {
    private func answer(
        _ control: JSON, _ result: Result<HTTPReply, TransportError> = .failure(.closed)
    ) async throws -> (reply: HTTPReply, posts: [OutgoingPost], onion: TestOnion, layer: Bytes) {
        let onion = try TestOnion(to: TestNode.keys.x25519.publicKey)
        let node = try TestNode(transport: TestTransport(server: { _ in result }))
        let layer = OnionFrame(blob: [1, 2], control: control).encoded
        let reply = await node.post("/onion_req/v2", onion.entry(onion.sealed(layer)))
        return (reply, node.transport.posts, onion, layer)
    }

    @Test(
        "Allowed targets are posted to the address they name, without the scheme's own port",
        arguments: [
            (["host": "a.b", "target": "/oxen/v4/lsrpc"], "https://a.b/oxen/v4/lsrpc"),
            (["host": "a.b", "target": "/loki/lsrpc", "port": 443], "https://a.b/loki/lsrpc"),
            (["host": "a.b", "target": "/loki/lsrpc", "port": 80], "https://a.b:80/loki/lsrpc"),
            (["host": "a.b", "target": "/loki/lsrpc", "protocol": "http"], "http://a.b:443/loki/lsrpc"),
            (["host": "a.b", "target": "/loki/lsrpc", "protocol": "http", "port": 80], "http://a.b/loki/lsrpc"),
            (
                ["host": "1.2.3.4", "target": "/oxen//x/lsrpc", "protocol": "http", "port": 8080],
                "http://1.2.3.4:8080/oxen//x/lsrpc"
            ),
            (["host": "[2001:db8::1]", "target": "/oxen/v4/lsrpc"], "https://[2001:db8::1]/oxen/v4/lsrpc"),
        ] as [(JSON, String)])
    func allowed(control: JSON, url: String) async throws {
        let (_, posts, _, layer) = try await answer(control)
        #expect(posts.map(\.url) == [url])
        let post = try #require(posts.first)
        #expect(post.body == layer, "the whole decrypted layer is posted")
        #expect(
            post.headers
                == ["User-Agent": "Oxen Storage Server/2.8.0", "Content-Type": "application/octet-stream"])
        #expect(post.timeout == .seconds(25))
        #expect(post.verifiesCertificate)
    }

    @Test(
        "Any other target is refused to the client alone, and nothing is posted",
        arguments: [
            ["host": "a.b", "target": "/session/lsrpc"], ["host": "a.b", "target": "oxen/v4/lsrpc"],
            ["host": "a.b", "target": "/oxen/v4/lsrpcx"], ["host": "a.b", "target": "/oxen/v4/lsrpc?"],
            ["host": "a.b", "target": "/oxen/?x=/lsrpc"], ["host": "a.b", "target": "/x/oxen/lsrpc"],
            ["host": "a.b", "target": "/oxen/v4/lsrpc", "protocol": "ftp"],
            ["host": "a.b", "target": "/oxen/v4/lsrpc", "protocol": "HTTP"],
            ["host": "", "target": "/oxen/v4/lsrpc"], ["host": "a.b/c", "target": "/oxen/v4/lsrpc"],
            ["host": "u@a.b", "target": "/oxen/v4/lsrpc"], ["host": "a.b:1", "target": "/oxen/v4/lsrpc"],
            ["host": "a.b", "target": "/oxen/ HTTP/1.1\r\n/lsrpc"], ["host": "a.b", "target": "/oxen/#/lsrpc"],
            ["host": "[::1", "target": "/oxen/v4/lsrpc"], ["host": "[]", "target": "/oxen/v4/lsrpc"],
            ["host": "[::1]@a.b", "target": "/oxen/v4/lsrpc"],
        ] as [JSON])
    func refused(control: JSON) async throws {
        let (reply, posts, onion, _) = try await answer(control)
        #expect(posts.isEmpty)
        #expect(reply.status == 200)
        #expect(try onion.opened(reply.body) == #"{"body":"Invalid url","status":400}"#)
    }

    private static let target: JSON = ["host": "a.b", "target": "/oxen/v4/lsrpc"]

    @Test("A server's status, headers and body come back as they are, unencrypted by the node")
    func passedBack() async throws {
        let served = HTTPReply(
            status: 418, headers: ["content-TYPE": "image/png", "X-Other": "1", "Content-Encoding": "br"],
            body: [0, 1, 255])
        let (reply, _, _, _) = try await answer(Self.target, .success(served))
        let own = ["Server": "Oxen Storage Server/2.8.0"]
        #expect(
            reply == HTTPReply(status: 418, headers: served.headers.merging(own) { $1 }, body: [0, 1, 255]))
    }

    @Test("A server that names no content type gets the one of texts, as any answer of the node")
    func withoutContentType() async throws {
        let (reply, _, _, _) = try await answer(Self.target, .success(HTTPReply(status: 204)))
        #expect(reply.headers == ["Content-Type": "text/plain", "Server": "Oxen Storage Server/2.8.0"])
    }

    @Test(
        "Headers that speak of the server's connection, date, name or length are not handed on, in any case",
        arguments: [
            ["Connection": "close"], ["keep-alive": "timeout=5"], ["Transfer-Encoding": "chunked"], ["TE": "trailers"],
            ["Trailer": "X-Sum"], ["upgrade": "h2c"], ["Proxy-Authenticate": "Basic"], ["Proxy-Connection": "close"],
            ["CONTENT-LENGTH": "7"], ["date": "Mon, 01 Jan 2024 00:00:00 GMT"], ["server": "nginx"],
            ["connection": "close, X-Internal ,\tx-other", "x-internal": "1", "X-Other": "2"],
        ] as [[String: String]])
    func withheld(headers: [String: String]) async throws {
        let served = HTTPReply(status: 200, headers: headers.merging(["X-Kept": "yes"]) { $1 }, body: [1])
        let (reply, _, _, _) = try await answer(Self.target, .success(served))
        #expect(
            reply.headers
                == ["Content-Type": "text/plain", "Server": "Oxen Storage Server/2.8.0", "X-Kept": "yes"])
    }

    @Test("A header that comes twice in different case is handed on once")
    func twice() async throws {
        let served = HTTPReply(status: 200, headers: ["content-type": "b", "Content-Type": "a"], body: [1])
        let (reply, _, _, _) = try await answer(Self.target, .success(served))
        #expect(reply.headers == ["Content-Type": "a", "Server": "Oxen Storage Server/2.8.0"])
    }

    @Test("To another node only status and body go back, and the layer is posted whole from there too")
    func overQueue() async throws {
        let onion = try TestOnion(to: TestNode.keys.x25519.publicKey)
        let peer = NodeKeys(networkSeed: 7, name: "sn2")
        let served = HTTPReply(status: 404, headers: ["X-Other": "1"], body: [9, 8])
        let node = try TestNode(
            table: ledgerTable([ListedNode(TestNode.keys), ListedNode(peer, ip: "127.1.0.2")]),
            transport: TestTransport(server: { _ in .success(served) }))
        let layer = OnionFrame(blob: [3], control: Self.target).encoded
        let frames = try await node.frames(
            "sn.onion_request", [onion.hop(onion.sealed(layer), number: 2)], from: peer.x25519.publicKey)
        #expect(frames == [Bytes("404".utf8), [9, 8]])
        #expect(node.transport.posts.map(\.body) == [layer])
    }

    @Test(
        "A server that is late is 504, one that cannot be reached 502, each with the reason",
        arguments: [
            (.timedOut(address: "a.b", after: .seconds(25)), 504, "a.b did not answer within 25.0 seconds"),
            (.unreachable(address: "a.b", reason: "refused"), 502, "cannot reach a.b: refused"),
            (.closed, 502, "the transport is closed"),
        ] as [(TransportError, Int, String)])
    func failures(error: TransportError, status: Int, expected: String) async throws {
        let (reply, _, _, _) = try await answer(Self.target, .failure(error))
        #expect(reply.status == status)
        #expect(String(decoding: reply.body, as: UTF8.self) == expected)
    }
}
