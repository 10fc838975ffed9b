import Glibc
import NIOSSL

extension TLSIdentity {
    /// The TLS side of a listener.
    func serverContext() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
        let key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        return try NIOSSLContext(configuration: configuration)
    }

    /// Whether a listener could open with it: both files can be read, are PEM, and belong together.
    /// - Throws: ``TLSIdentityError``
    public func check() throws(TLSIdentityError) {
        for file in [certificateFile, keyFile] where access(file, R_OK) != 0 { throw TLSIdentityError("read", file) }
        do {
            _ = try serverContext()
        } catch {
            throw TLSIdentityError(unusable: self, reason: "\(error)")
        }
    }
}
