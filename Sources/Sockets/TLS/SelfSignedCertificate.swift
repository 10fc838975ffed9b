import CCrypto
import SessionProtocol

/// A new P-256 key with a certificate signed by itself (storage-node §2.1), both in PEM.
struct SelfSignedCertificate {
    let certificate: Bytes
    let key: Bytes

    private static let secondsValid = 10_000 * 86_400
    private static let subject = [("C", "AU"), ("CN", "localhost"), ("O", "Oxen")]

    init() throws(TLSIdentityError) {
        let pair = try Self.makeKey()
        defer { EVP_PKEY_free(pair) }
        guard let x509 = X509_new() else { throw TLSIdentityError(libcrypto: "X509_new") }
        defer { X509_free(x509) }
        try Self.fill(x509, pair)
        certificate = try Self.pem { PEM_write_bio_X509($0, x509) }
        key = try Self.pem { PEM_write_bio_PrivateKey($0, pair, nil, nil, 0, nil, nil) }
    }

    private static func makeKey() throws(TLSIdentityError) -> OpaquePointer {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var pair: OpaquePointer?
        guard let context, EVP_PKEY_keygen_init(context) == 1,
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_keygen(context, &pair) == 1, let pair
        else { throw TLSIdentityError(libcrypto: "a P-256 key") }
        return pair
    }

    private static func fill(_ x509: OpaquePointer, _ pair: OpaquePointer) throws(TLSIdentityError) {
        guard X509_set_version(x509, 2) == 1,  // counts from 0: X.509 v3
            ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) == 1,
            X509_gmtime_adj(X509_getm_notBefore(x509), 0) != nil,
            X509_gmtime_adj(X509_getm_notAfter(x509), secondsValid) != nil,
            X509_set_pubkey(x509, pair) == 1, let name = X509_get_subject_name(x509)
        else { throw TLSIdentityError(libcrypto: "the certificate's fields") }
        for (field, value) in subject {
            guard X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, value, -1, -1, 0) == 1 else {
                throw TLSIdentityError(libcrypto: "the subject's \(field)")
            }
        }
        guard X509_set_issuer_name(x509, name) == 1 else { throw TLSIdentityError(libcrypto: "the issuer") }
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, x509, x509, nil, nil, 0)
        let keyID = X509V3_EXT_conf_nid(nil, &context, NID_subject_key_identifier, "hash")
        defer { X509_EXTENSION_free(keyID) }
        guard let keyID, X509_add_ext(x509, keyID, -1) == 1, X509_sign(x509, pair, EVP_sha256()) > 0 else {
            throw TLSIdentityError(libcrypto: "to sign")
        }
    }

    private static func pem(_ write: (OpaquePointer) -> Int32) throws(TLSIdentityError) -> Bytes {
        guard let memory = BIO_new(BIO_s_mem()) else { throw TLSIdentityError(libcrypto: "BIO_new") }
        defer { BIO_free(memory) }
        var bytes = Bytes(repeating: 0, count: 8192)
        guard write(memory) == 1 else { throw TLSIdentityError(libcrypto: "to write PEM") }
        let count = BIO_read(memory, &bytes, Int32(bytes.count))
        guard count > 0, count < bytes.count else { throw TLSIdentityError(libcrypto: "to write PEM") }
        return Bytes(bytes.prefix(Int(count)))
    }
}
