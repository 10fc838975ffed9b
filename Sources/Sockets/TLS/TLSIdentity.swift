import Glibc
import SessionProtocol

/// A certificate and its private key, as PEM files.
public struct TLSIdentity: Sendable, Hashable {
    /// Path of the certificate, with its chain after it.
    public var certificateFile: String
    /// Path of the private key.
    public var keyFile: String

    /// Two files that exist; they are read when a listener opens.
    public init(certificateFile: String, keyFile: String) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    /// The self-signed identity in `directory`/tls, made now if it is missing: P-256, valid 10 000 days, with the
    /// subject of storage-node §2.1. Nobody on the network checks it. Processes that do this at the same time all end
    /// up with the same.
    ///
    /// - Parameter directory: must exist.
    public static func selfSigned(in directory: String) throws(TLSIdentityError) -> TLSIdentity {
        let folder = "\(directory)/tls"
        let identity = TLSIdentity(certificateFile: "\(folder)/cert.pem", keyFile: "\(folder)/key.pem")
        if identity.isReadable { return identity }
        let made = try SelfSignedCertificate()
        // Both files appear together with their folder, or someone could meet a certificate without its key.
        var template = Array("\(directory)/tls.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TLSIdentityError("make a folder in", directory) }
        let draft = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do {
            try write(made.certificate, to: "\(draft)/cert.pem", mode: 0o600)
            try write(made.key, to: "\(draft)/key.pem", mode: 0o600)
        } catch {
            discard(draft)
            throw error
        }
        if rename(draft, folder) != 0 {
            let error = TLSIdentityError("put the new certificate at", folder)
            discard(draft)
            // Somebody else was faster, and theirs is as good.
            guard identity.isReadable else { throw error }
        }
        return identity
    }

    private var isReadable: Bool { access(certificateFile, R_OK) == 0 && access(keyFile, R_OK) == 0 }

    private static func write(_ bytes: Bytes, to path: String, mode: mode_t) throws(TLSIdentityError) {
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw TLSIdentityError("create", path) }
        var rest = bytes[...]
        while !rest.isEmpty {
            // After a part of it the next call says what keeps the rest from being written.
            let written = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written >= 0 else {
                let error = TLSIdentityError("write", path)
                Glibc.close(file)
                throw error
            }
            rest = rest.dropFirst(written)
        }
        guard Glibc.close(file) == 0 else { throw TLSIdentityError("write", path) }
    }

    private static func discard(_ folder: String) {
        unlink("\(folder)/cert.pem")
        unlink("\(folder)/key.pem")
        rmdir(folder)
    }
}

/// Why there is no certificate.
public struct TLSIdentityError: Error, CustomStringConvertible {
    /// What was tried, where, and the system's reason.
    public let description: String

    /// A call of the C library that just failed.
    init(_ action: String, _ path: String) {
        description = "cannot \(action) \(path): \(String(cString: strerror(errno)))"
    }

    /// Two files that can be read and are of no use.
    init(unusable identity: TLSIdentity, reason: String) {
        description =
            "cannot use the certificate \(identity.certificateFile) with the key \(identity.keyFile): \(reason); give a "
            + "certificate and its own key as PEM files"
    }

    init(libcrypto step: String) { description = "cannot make a TLS certificate: libcrypto refuses \(step)" }
}
