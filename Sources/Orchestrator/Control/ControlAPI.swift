import NodeRuntime
import SessionProtocol

/// The network's control API: JSON over HTTP on a Unix socket in the run directory. Every verb uses it.
///
/// | request | answer |
/// |---|---|
/// | `GET /status` | the network as ``NetworkStatus`` |
/// | `POST /down` | 200, then the network ends |
/// | `… /nodes/…` | ``NodeRequests`` |
/// | `GET /swarms` | ``SwarmRequests`` |
/// | `… /ledger/…` | ``LedgerRequests`` |
///
/// What cannot be done is answered with 400 and `error`, what cannot be done now with 503, what took too long with 504,
/// what cannot be written with 507, an unknown request with 404.
struct ControlAPI: Sendable {
    let testnet: Testnet

    private static let largestBody = 1 << 20

    @Sendable func respond(_ head: HTTPRequestHead, _ body: HTTPBody) async -> HTTPReply {
        do {
            let bytes = try await body.collect(upTo: Self.largestBody)
            let request = ControlRequest(
                method: head.method, path: head.path, fields: bytes.isEmpty ? [:] : try JSON(parsing: bytes))
            guard let answer = try await answer(request) else {
                return ControlReply.json(404, ["error": .string("no such request: \(head.method) \(head.path)")])
            }
            return ControlReply.json(200, answer)
        } catch let error as NetworkError {
            return ControlReply.json(error.status, ["error": .string("\(error)")])
        } catch let error as ControlRequest.Malformed {
            return ControlReply.json(400, ["error": .string("\(error)")])
        } catch let error as RunError {
            return ControlReply.json(error.status, ["error": .string("\(error)")])
        } catch {
            return ControlReply.json(500, ["error": .string("\(error)")])
        }
    }

    /// - Returns: `nil` when there is no such request.
    private func answer(_ request: ControlRequest) async throws -> JSON? {
        switch (request.method, request.path) {
        case ("GET", "/status"): return await testnet.status().json
        case ("POST", "/down"):
            testnet.requestDown()
            return [:]
        case (_, let path) where path.hasPrefix("/nodes/"): return try await NodeRequests(testnet).answer(request)
        case (_, "/swarms"): return await SwarmRequests(testnet).answer(request)
        case (_, let path) where path == "/ledger" || path.hasPrefix("/ledger/"):
            return try await LedgerRequests(testnet).answer(request)
        default: return nil
        }
    }
}

extension RunError {
    /// What the control API answers with.
    fileprivate var status: Int {
        if case .cannotWrite = self { 507 } else { 500 }
    }
}

extension NetworkError {
    /// What the control API answers with.
    fileprivate var status: Int {
        switch self {
        case .goingDown, .ledgerClosed: 503
        case .notSettled: 504
        default: 400
        }
    }
}
