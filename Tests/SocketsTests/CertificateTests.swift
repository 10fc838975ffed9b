import CCrypto
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    @Suite struct Certificates {
        @Test("The certificate is what storage-node §2.1 describes, on P-256")
        func contents() throws {
            let made = try SelfSignedCertificate()
            let input = BIO_new_mem_buf(made.certificate, Int32(made.certificate.count))
            defer { BIO_free(input) }
            let x509 = try #require(PEM_read_bio_X509(input, nil, nil, nil))
            defer { X509_free(x509) }
            let subject = try #require(X509_get_subject_name(x509))
            var text = [CChar](repeating: 0, count: 256)
            X509_NAME_oneline(subject, &text, Int32(text.count))
            let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            #expect(name == "/C=AU/CN=localhost/O=Oxen")
            #expect(X509_NAME_cmp(subject, X509_get_issuer_name(x509)) == 0)
            #expect(X509_get_version(x509) == 2)
            #expect(ASN1_INTEGER_get(X509_get_serialNumber(x509)) == 1)
            #expect(X509_get_ext_count(x509) == 1)
            #expect(X509_get_ext_by_NID(x509, NID_subject_key_identifier, -1) == 0)
            var (days, seconds): (Int32, Int32) = (0, 0)
            ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(x509), X509_get0_notAfter(x509))
            #expect(days == 10_000 && seconds == 0)
            let key = try #require(X509_get0_pubkey(x509))
            #expect(EVP_PKEY_get_bits(key) == 256 && X509_verify(x509, key) == 1)
        }

        @Test("Every certificate has a key of its own")
        func fresh() throws {
            #expect(try SelfSignedCertificate().key != SelfSignedCertificate().key)
        }
    }
}
