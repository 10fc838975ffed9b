import NodeRuntime
import SessionProtocol

/// A question as it reached the daemon.
struct RPCCall: Sendable {
    /// Parameters as they came over the message queue; over HTTP none.
    let parts: [Bytes]
    /// The key CURVE proved; `nil` over HTTP.
    let caller: X25519PublicKey?
    private let read: [String: JSON]?

    /// Over HTTP, from nobody in particular.
    init(_ call: JSONRPCCall) {
        parts = []
        caller = nil
        read = call.params
    }

    /// Over the message queue.
    init(_ call: OMQCall) {
        parts = call.parts
        caller = call.caller.publicKey
        read = nil
    }

    /// The parameters: over the message queue the JSON object that the only part holds, and without a part an empty one.
    func params() throws(RPCError) -> [String: JSON] {
        if let read { return read }
        guard parts.count <= 1 else {
            throw .wrongParameter("expected at most one part, the parameters; got \(parts.count)")
        }
        guard let part = parts.first, !part.isEmpty else { return [:] }
        let json: JSON
        do { json = try JSON(parsing: part) } catch { throw .wrongParameter("the parameters are no JSON: \(error)") }
        guard let params = JSONRPCCall.params(json) else {
            throw .wrongParameter("the parameters must be a JSON object")
        }
        return params
    }
}
