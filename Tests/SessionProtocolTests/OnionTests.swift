import SessionProtocol
import Testing

@Suite("Onion framing")
struct OnionTests {
    private let key = String(repeating: "ab", count: 32)

    private func layer(_ control: String, blob: Bytes = [1, 2]) throws -> OnionLayer {
        try OnionLayer(parsing: OnionFrame(blob: blob, control: Bytes(control.utf8)).encoded)
    }

    @Test("A frame is a little-endian length, the blob and the rest")
    func frames() throws {
        let frame = OnionFrame(blob: Bytes(repeating: 7, count: 0x0102), control: Bytes("{}".utf8))
        #expect(frame.encoded.prefix(4) == [0x02, 0x01, 0, 0])
        #expect(try OnionFrame(parsing: frame.encoded) == frame)
        #expect(try OnionFrame(parsing: [0, 0, 0, 0]) == OnionFrame(blob: [], control: Bytes()))
    }

    @Test(
        "A frame shorter than its length field or its blob is refused",
        arguments: [
            ([], .tooShort), ([1, 0, 0], .tooShort), ([1, 0, 0, 0], .blobReachesPastEnd(received: 0, expected: 1)),
            ([0xff, 0xff, 0xff, 0xff, 1], .blobReachesPastEnd(received: 1, expected: 0xffff_ffff)),
            ([2, 0, 0, 0, 1], .blobReachesPastEnd(received: 1, expected: 2)),
        ] as [(Bytes, OnionFrame.Malformed)])
    func badFrames(bytes: Bytes, error: OnionFrame.Malformed) {
        #expect(throws: error) { try OnionFrame(parsing: bytes) }
    }

    @Test("Headers of any value make a final layer, with base64 and text replies unless told otherwise")
    func finalLayers() throws {
        let plain = OnionLayer.final(request: [1, 2], replyAsObject: false, replyInBase64: true)
        for headers in ["{}", "[]", "null", "\"\"", "0"] {
            #expect(try layer("{\"headers\":\(headers)}") == plain)
        }
        #expect(
            try layer(#"{"headers":{},"json":true,"base64":false,"host":"h","destination":"d"}"#)
                == .final(request: [1, 2], replyAsObject: true, replyInBase64: false))
    }

    @Test("A host makes a server relay with defaults for port and protocol")
    func serverLayers() throws {
        #expect(
            try layer(#"{"host":"h","target":"/oxen/v4/lsrpc"}"#)
                == .server(host: "h", port: 443, scheme: "https", target: "/oxen/v4/lsrpc"))
        #expect(
            try layer(#"{"host":"h","target":"/t","port":8080,"protocol":"http","destination":1}"#)
                == .server(host: "h", port: 8080, scheme: "http", target: "/t"))
    }

    @Test("Anything else is a relay to a node, aes-gcm unless named")
    func nodeLayers() throws {
        let destination = try #require(Ed25519PublicKey(hex: key))
        let ephemeral = try #require(X25519PublicKey(hex: key))
        for (name, cipher) in [
            ("", OnionCipher.aesGCM), (#","enc_type":"gcm""#, .aesGCM),
            (#","enc_type":"xchacha20-poly1305""#, .xchacha20),
            (#","enc_type":"cbc""#, .aesCBC),
        ] {
            #expect(
                try layer("{\"destination\":\"\(key)\",\"ephemeral_key\":\"\(key)\"\(name)}")
                    == .node(destination: destination, ephemeralKey: ephemeral, cipher: cipher, data: [1, 2]))
        }
    }

    @Test("A missing or wrongly typed field makes the layer malformed")
    func badLayers() {
        let controls = [
            "", "x", "[]", "1", "{}", "{} x", #"{"headers":{},"json":1}"#, #"{"headers":{},"base64":"no"}"#,
            #"{"host":1,"target":"/t"}"#, #"{"host":"h"}"#, #"{"host":"h","target":"/t","port":"80"}"#,
            #"{"host":"h","target":"/t","port":65536}"#, #"{"host":"h","target":"/t","port":-1}"#,
            #"{"host":"h","target":"/t","protocol":1}"#, "{\"destination\":\"\(key)\"}",
            "{\"ephemeral_key\":\"\(key)\"}",
            "{\"destination\":\"ab\",\"ephemeral_key\":\"\(key)\"}",
            "{\"destination\":\"\(key)\",\"ephemeral_key\":\"\(key)\",\"enc_type\":\"rot13\"}",
            "{\"destination\":\"\(key)\",\"ephemeral_key\":\"\(key)\",\"enc_type\":5}",
        ]
        for control in controls {
            #expect(throws: OnionLayer.Malformed.self, "\(control)") { try layer(control) }
        }
        #expect(throws: OnionLayer.Malformed.self) { try OnionLayer(parsing: [1, 2, 3]) }
    }

    @Test("An internal hop message survives its encoding")
    func internalHops() throws {
        let hop = OnionHop(
            data: [0, 0xff], cipher: .xchacha20, ephemeralKey: try #require(X25519PublicKey(hex: key)), number: 3)
        #expect(try OnionHop(parsingInternal: hop.encoded) == hop)
    }

    @Test("An internal hop message without cipher is aes-gcm, without or below number 1 is number 1")
    func internalDefaults() throws {
        let ephemeral = Bencode.bytes(Bytes(repeating: 0xab, count: 32))
        for (fields, number) in [
            ([:], 1), (["hop_no": .integer(0)], 1), (["hop_no": .integer(-4)], 1), (["hop_no": .integer(15)], 15),
        ] as [([String: Bencode], Int)] {
            let all = fields.merging(["data": .bytes([1]), "ephemeral_key": ephemeral]) { first, _ in first }
            let hop = try OnionHop(parsingInternal: Bencode.dictionary(all).encoded)
            #expect(hop.number == number)
            #expect(hop.cipher == .aesGCM)
        }
    }

    @Test(
        "A hop number beyond every limit stays beyond it and can still be counted up",
        arguments: ["9223372036854775807", "18446744073709551615", "16"])
    func hugeHopNumbers(number: String) throws {
        let entry = OnionFrame(blob: [], control: Bytes("{\"ephemeral_key\":\"\(key)\",\"hop_no\":\(number)}".utf8))
        let start = Bytes("d4:data0:13:ephemeral_key32:".utf8) + Bytes(repeating: 0xab, count: 32)
        for hop in [
            try OnionHop(parsingEntry: entry.encoded),
            try OnionHop(parsingInternal: start + Bytes("6:hop_noi\(number)ee".utf8)),
        ] {
            #expect(hop.number > Limits.onionHops)
            #expect(hop.number < Int.max)
        }
    }

    @Test("A broken internal hop message is refused")
    func badInternalHops() {
        let ephemeral = Bencode.bytes(Bytes(repeating: 1, count: 32))
        let cases: [Bencode] = [
            .list([]), .dictionary(["ephemeral_key": ephemeral]), .dictionary(["data": .bytes([])]),
            .dictionary(["data": .bytes([]), "ephemeral_key": .bytes([1])]),
            .dictionary(["data": .bytes([]), "ephemeral_key": ephemeral, "enc_type": .text("rot13")]),
            .dictionary(["data": .bytes([]), "ephemeral_key": ephemeral, "enc_type": .integer(1)]),
            .dictionary(["data": .bytes([]), "ephemeral_key": ephemeral, "hop_no": .text("1")]),
        ]
        for value in cases {
            #expect(throws: OnionHop.Malformed.self, "\(value)") { try OnionHop(parsingInternal: value.encoded) }
        }
        #expect(throws: OnionHop.Malformed.self) { try OnionHop(parsingInternal: [0xff]) }
    }

    @Test("An entry request defaults to aes-gcm and hop 0, and a negative hop becomes 0")
    func entryRequests() throws {
        let extras = [
            ("", 0), (",\"hop_no\":-3", 0), (",\"hop_no\":4", 4),
        ]
        for (extra, number) in extras {
            let control = Bytes("{\"ephemeral_key\":\"\(key)\"\(extra)}".utf8)
            let hop = try OnionHop(parsingEntry: OnionFrame(blob: [9], control: control).encoded)
            #expect(hop.number == number)
            #expect(hop.cipher == .aesGCM)
            #expect(hop.data == [9])
        }
    }

    @Test("A broken entry request is refused")
    func badEntryRequests() {
        let controls = [
            "", "{}", "[]", #"{"ephemeral_key":1}"#, #"{"ephemeral_key":"ab"}"#,
            "{\"ephemeral_key\":\"\(key)\",\"enc_type\":\"rot13\"}", "{\"ephemeral_key\":\"\(key)\",\"enc_type\":7}",
            "{\"ephemeral_key\":\"\(key)\",\"hop_no\":\"1\"}",
            "{\"ephemeral_key\":\"\(key)\",\"hop_no\":null}",
            "{\"ephemeral_key\":\"\(key)\",\"enc_type\":null}",
            "{\"ephemeral_key\":\"\(key)\"}x",
        ]
        for control in controls {
            #expect(throws: OnionHop.Malformed.self, "\(control)") {
                try OnionHop(parsingEntry: OnionFrame(blob: [], control: Bytes(control.utf8)).encoded)
            }
        }
        #expect(throws: OnionHop.Malformed.self) { try OnionHop(parsingEntry: [1, 2]) }
    }

    @Test(
        "What is wrong with an entry request's frame or key is told in the reference's words",
        arguments: [
            (Bytes([1, 2, 3]), "Unexpected payload size; expected ciphertext size"),
            ([], "Unexpected payload size; expected ciphertext size"),
            (
                Bytes(#"{"method":"info","params":{}}"#.utf8),
                "Unexpected payload size 25, expected >= 1701651067"
            ),
            (entry(key: "ab"), "Hex key data is invalid: expected 32 hex digits, received 2"),
            (entry(key: ""), "Hex key data is invalid: expected 32 hex digits, received 0"),
            (entry(key: "abc"), "Hex key data is invalid: data is not hex"),
            (entry(key: String(repeating: "z", count: 64)), "Hex key data is invalid: data is not hex"),
        ] as [(Bytes, String)])
    func entryTexts(request: Bytes, text: String) {
        let error = #expect(throws: OnionHop.Malformed.self) { try OnionHop(parsingEntry: request) }
        #expect(error?.description == text)
    }

    private static func entry(key: String) -> Bytes {
        OnionFrame(blob: [], control: ["ephemeral_key": .string(key)]).encoded
    }
}
