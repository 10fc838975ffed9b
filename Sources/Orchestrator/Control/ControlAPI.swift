import NodeRuntime
import SessionProtocol

/// The network's control API: JSON over HTTP on a Unix socket in the run directory. Every verb uses it.
///
/// | request | answer |
/// |---|---|
/// | `GET /status` | the network as ``NetworkStatus`` |
/// | `POST /nodes/<action>` `{"nodes": [name]}` | 200 when done, 400 with `error` for what cannot be done |
/// | `POST /down` | 200, then the network ends |
struct ControlAPI: Sendable {
    let testnet: Testnet

    private static let largestBody = 1 << 20

    @Sendable func respond(_ head: HTTPRequestHead, _ body: HTTPBody) async -> HTTPReply {
        do {
            let bytes = try await body.collect(upTo: Self.largestBody)
            let request = bytes.isEmpty ? [:] : try JSON(parsing: bytes)
            return try await answer(head, request)
        } catch let error as NetworkError {
            return ControlReply.json(400, ["error": .string("\(error)")])
        } catch {
            return ControlReply.json(500, ["error": .string("\(error)")])
        }
    }

    private func answer(_ head: HTTPRequestHead, _ request: JSON) async throws -> HTTPReply {
        switch (head.method, head.path) {
        case ("GET", "/status"): return ControlReply.json(200, await testnet.status().json)
        case ("POST", "/down"):
            testnet.requestDown()
            return ControlReply.json(200, [:])
        case ("POST", let path) where path.hasPrefix("/nodes/"):
            return try await act(String(path.dropFirst("/nodes/".count)), request)
        default:
            return ControlReply.json(404, ["error": .string("no such request: \(head.method) \(head.path)")])
        }
    }

    private func act(_ name: String, _ request: JSON) async throws -> HTTPReply {
        guard let action = NodeAction(rawValue: name) else {
            return ControlReply.json(404, ["error": .string("no such action: \(name)")])
        }
        let nodes = request["nodes"]?.asArray?.compactMap(\.asString) ?? []
        try await testnet.act(action, on: nodes)
        return ControlReply.json(200, await testnet.status().json)
    }
}
