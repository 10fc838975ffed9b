import CCrypto
import NIOCore

/// The TLS of one connection, without its socket: bytes of the network go in and come out on one side, plain ones on the
/// other. Used by one thread at a time.
final class TLSSession {
    enum Progress: Equatable {
        /// The peer's next bytes are needed.
        case waits
        case done
        /// The peer said goodbye: nothing comes after it.
        case ended
    }

    private let ssl: OpaquePointer
    private let fromNetwork: OpaquePointer
    private let toNetwork: OpaquePointer

    /// What one read asks for: the most that one record holds.
    private static let recordBytes = 16 << 10

    /// - Parameter server: its name or address, which a client verifies when its context says so.
    init(_ context: TLSContext, server: String?) throws(TLSFailure) {
        let ssl = try context.connection()
        guard let fromNetwork = ccrypto_new_buffer(), let toNetwork = ccrypto_new_buffer() else {
            SSL_free(ssl)
            throw TLSFailure("out of memory")
        }
        // Both are its own from here on.
        SSL_set_bio(ssl, fromNetwork, toNetwork)
        self.ssl = ssl
        self.fromNetwork = fromNetwork
        self.toNetwork = toNetwork
        switch context.role {
        case .server: SSL_set_accept_state(ssl)
        case .client(let verifying):
            SSL_set_connect_state(ssl)
            guard let server else { return }
            // An address is no name: it is not asked for, and must stand in the certificate as an address.
            let isAddress = (try? SocketAddress(ipAddress: server, port: 0)) != nil
            var isSet = isAddress || ccrypto_set_server_name(ssl, server) == 1
            if verifying {
                isSet =
                    isSet
                    && (isAddress
                        ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), server) == 1
                        : SSL_set1_host(ssl, server) == 1)
            }
            guard isSet else { throw TLSFailure("no certificate can be for \(server)") }
        }
    }

    deinit { SSL_free(ssl) }

    // MARK: The network's side

    func feed(_ bytes: ByteBuffer) throws(TLSFailure) {
        let input = fromNetwork
        let taken = bytes.withUnsafeReadableBytes { bytes in
            bytes.isEmpty ? 0 : Int(BIO_write(input, bytes.baseAddress, CInt(bytes.count)))
        }
        guard taken == bytes.readableBytes else { throw TLSFailure("out of memory") }
    }

    /// What is to be sent, if there is anything.
    func output(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
        var start: UnsafePointer<CChar>?
        let count = ccrypto_content(toNetwork, &start)
        guard count > 0, let start else { return nil }
        var buffer = allocator.buffer(capacity: count)
        buffer.writeBytes(UnsafeRawBufferPointer(start: start, count: count))
        ccrypto_empty(toNetwork)
        return buffer
    }

    // MARK: The plain side

    func shakeHands() throws(TLSFailure) -> Progress {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        return result == 1 ? .done : try progress(after: result)
    }

    /// Appends what can be decrypted by now, at most `limit` bytes and one record.
    /// - Returns: ``Progress/done`` when the limit was reached before the end of what came in.
    func read(into buffer: inout ByteBuffer, upTo limit: Int) throws(TLSFailure) -> Progress {
        let ssl = ssl
        while buffer.readableBytes < limit {
            // What is decrypted is shorter than what came in.
            let most = min(BIO_ctrl_pending(fromNetwork) + Int(SSL_pending(ssl)), Self.recordBytes)
            guard most > 0 else { return .waits }
            ERR_clear_error()
            var result: CInt = 0
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { space in
                result = SSL_read(ssl, space.baseAddress, CInt(most))
                return max(0, Int(result))
            }
            if result <= 0 { return try progress(after: result) }
        }
        return .done
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(TLSFailure) {
        guard !bytes.isEmpty else { return }
        ERR_clear_error()
        let result = SSL_write(ssl, bytes.baseAddress, CInt(bytes.count))
        // The memory it writes to is never full.
        guard result == bytes.count else { throw TLSFailure(TLSFailure.reason()) }
    }

    /// Says goodbye, unless the peer cannot be spoken to yet.
    func sayGoodbye() {
        guard SSL_is_init_finished(ssl) == 1 else { return }
        ERR_clear_error()
        // The peer's own goodbye is not waited for, so it does not matter whether it has come.
        _ = SSL_shutdown(ssl)
    }

    private func progress(after result: CInt) throws(TLSFailure) -> Progress {
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .waits
        case SSL_ERROR_ZERO_RETURN: return .ended
        default:
            let verified = SSL_get_verify_result(ssl)
            guard verified == X509_V_OK || SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE else {
                ERR_clear_error()
                let reason = X509_verify_cert_error_string(verified).map { String(cString: $0) } ?? "unknown"
                throw TLSFailure("its certificate is not trusted: \(reason)")
            }
            let reason = TLSFailure.reason()
            throw TLSFailure(
                SSL_is_init_finished(ssl) == 1
                    ? "the encrypted connection broke: \(reason)" : "no encrypted connection came about: \(reason)")
        }
    }
}
