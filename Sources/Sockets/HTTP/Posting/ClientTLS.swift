import NodeRuntime
import Synchronization

/// The TLS of outgoing connections, made when it is first needed.
final class ClientTLS: Sendable {
    private let contexts = Mutex<[Bool: TLSContext]>([:])

    /// - Parameters:
    ///   - verified: whether the server's certificate must be trusted and for the name that was asked for.
    ///   - name: how errors call the server.
    func security(verified: Bool, name: String) throws(TransportError) -> PostRoute.Security {
        do {
            return .tls(
                try contexts.withLock { contexts throws(TLSFailure) in
                    if let context = contexts[verified] { return context }
                    let context = try TLSContext(verifying: verified)
                    contexts[verified] = context
                    return context
                })
        } catch {
            throw .unreachable(address: name, reason: error.description)
        }
    }
}
