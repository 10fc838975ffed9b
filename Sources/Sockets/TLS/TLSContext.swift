import CCrypto
import Glibc
import SessionProtocol

/// What the TLS connections of one kind share: the server's certificate, or how a client looks at a server's.
///
/// Unchecked: the library counts references to it and changes nothing in it once it is made.
final class TLSContext: @unchecked Sendable {
    enum Role {
        case server
        case client(verifying: Bool)
    }

    let role: Role
    private let context: OpaquePointer

    /// For a listener.
    /// - Throws: ``TLSFailure`` naming the file that cannot be used.
    init(serving identity: TLSIdentity) throws(TLSFailure) {
        role = .server
        context = try Self.make(TLS_server_method())
        ERR_clear_error()
        guard SSL_CTX_use_certificate_chain_file(context, identity.certificateFile) == 1 else {
            throw failure(identity.certificateFile, "certificate")
        }
        guard SSL_CTX_use_PrivateKey_file(context, identity.keyFile, SSL_FILETYPE_PEM) == 1 else {
            throw failure(identity.keyFile, "private key")
        }
        guard SSL_CTX_check_private_key(context) == 1 else {
            throw TLSFailure("the private key \(identity.keyFile) is not that of \(identity.certificateFile)")
        }
        // A client that comes back has one ticket, and needs no second.
        SSL_CTX_set_num_tickets(context, 1)
    }

    /// For connections to servers.
    /// - Parameter verifying: whether a server must have a certificate that the system trusts, for the name that was
    ///   asked for.
    init(verifying: Bool) throws(TLSFailure) {
        role = .client(verifying: verifying)
        context = try Self.make(TLS_client_method())
        SSL_CTX_set_verify(context, verifying ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        if verifying, SSL_CTX_set_default_verify_paths(context) != 1 {
            throw TLSFailure("the system's certificate authorities cannot be read: \(TLSFailure.reason())")
        }
    }

    deinit { SSL_CTX_free(context) }

    /// One connection's state.
    func connection() throws(TLSFailure) -> OpaquePointer {
        guard let ssl = SSL_new(context) else { throw TLSFailure("out of memory") }
        return ssl
    }

    private static func make(_ method: OpaquePointer?) throws(TLSFailure) -> OpaquePointer {
        guard let context = SSL_CTX_new(method) else { throw TLSFailure(TLSFailure.reason()) }
        guard ccrypto_require_tls12(context) == 1 else {
            SSL_CTX_free(context)
            throw TLSFailure(TLSFailure.reason())
        }
        ccrypto_save_memory(context)
        return context
    }

    private func failure(_ path: String, _ kind: String) -> TLSFailure {
        // The library says "system lib" for a file that cannot be opened.
        let code = access(path, R_OK) == 0 ? nil : errno
        return TLSFailure(
            "cannot use \(path) as \(kind): \(code.map { String(cString: strerror($0)) } ?? TLSFailure.reason())")
    }
}

/// Why there is no encrypted connection, or will be none.
struct TLSFailure: Error, CustomStringConvertible, Equatable {
    let description: String

    init(_ description: String) { self.description = description }

    /// What went wrong last on this thread, in the library's words: `wrong version number`.
    static func reason() -> String {
        let code = ERR_get_error()
        defer { ERR_clear_error() }
        guard code != 0, let text = ERR_reason_error_string(code) else { return "the connection ended" }
        return String(cString: text)
    }
}
