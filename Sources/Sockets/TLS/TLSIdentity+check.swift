import Glibc

extension TLSIdentity {
    /// Whether a listener could open with it: both files can be read, are PEM, and belong together.
    /// - Throws: ``TLSIdentityError``
    public func check() throws(TLSIdentityError) {
        for file in [certificateFile, keyFile] where access(file, R_OK) != 0 { throw TLSIdentityError("read", file) }
        do {
            _ = try TLSContext(serving: self)
        } catch {
            throw TLSIdentityError(unusable: self, reason: "\(error)")
        }
    }
}
