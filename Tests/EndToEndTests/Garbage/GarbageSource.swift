import SessionProtocol

/// Makes inputs nobody should send. The same seed makes the same ones.
struct GarbageSource: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    mutating func number(below limit: Int) -> Int { Int(next() % UInt64(limit)) }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[number(below: values.count)] }

    mutating func bytes(upTo limit: Int) -> Bytes { bytes(number(below: limit + 1)) }

    mutating func bytes(_ count: Int) -> Bytes {
        var bytes = Bytes()
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: next()) { bytes.append(contentsOf: $0) } }
        return Bytes(bytes.prefix(count))
    }

    /// The beginning of something good.
    mutating func cut(_ bytes: Bytes) -> Bytes { Bytes(bytes.prefix(number(below: bytes.count))) }

    // MARK: Bodies

    /// JSON of any shape, in which the words a node knows turn up in the wrong places.
    mutating func json(depth: Int = 3) -> JSON {
        switch number(below: depth > 0 ? 8 : 5) {
        case 0: .null
        case 1: .integer(Int64(bitPattern: next()) >> Int64(number(below: 63)))
        case 2: .string(pick(Self.words))
        case 3: .string(Hex.encode(bytes(upTo: 40)))
        case 4: .number(Double(next() % 1000) / 8)
        case 5: .array((0..<number(below: 4)).map { _ in json(depth: depth - 1) })
        default: .object(fields(depth: depth - 1))
        }
    }

    mutating func fields(depth: Int = 2) -> [String: JSON] {
        var fields: [String: JSON] = [:]
        for _ in 0..<number(below: 6) { fields[pick(Self.words)] = json(depth: depth) }
        return fields
    }

    private static let words = [
        "method", "params", "store", "retrieve", "info", "get_swarm", "pubkey", "pubKey", "data", "ttl",
        "timestamp",
        "namespace", "signature", "pubkey_ed25519", "last_hash", "max_count", "jsonrpc", "id",
        "get_service_nodes",
        "get_n_service_nodes", "fields", "service_node_pubkeys", "", "\u{0}", "💥", "batch",
        "ephemeral_key", "05",
    ]

    /// A call with a known method and nonsense for parameters, or nonsense altogether.
    mutating func call() -> Bytes {
        switch number(below: 4) {
        case 0: return bytes(upTo: 600)
        case 1: return cut(json().utf8 + [0x7d])
        case 2: return json().utf8
        default:
            return JSON.object([
                "method": .string(pick(["store", "retrieve", "info?", "get_swarm"])),
                "params": .object(fields()),
            ]).utf8
        }
    }

    /// As ``call()``, for the ledger: no version, or nonsense for parameters.
    mutating func ledgerCall() -> Bytes {
        guard number(below: 2) == 0 else { return call() }
        var fields = [
            "method": JSON.string(pick(["get_service_nodes", "get_n_service_nodes", "get_info", "stop"]))
        ]
        fields["params"] = pick([.integer(7), .string("fields"), .array([json()])])
        return JSON.object(fields).utf8
    }

    /// Something like an onion: a length that may be wrong, bytes that decrypt to nothing, and an envelope.
    mutating func onion() -> Bytes {
        let ciphertext = bytes(upTo: 300)
        var envelope = fields()
        envelope["ephemeral_key"] = pick([
            .string(Hex.encode(bytes(32))), .string(Hex.encode(bytes(upTo: 33))), 5,
        ])
        envelope["enc_type"] = .string(pick(["xchacha20", "aes-gcm", "aes-cbc", "rot13", ""]))
        let length = pick([ciphertext.count, ciphertext.count + 1, number(below: 1 << 32), 0])
        let prefix = (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
        return prefix + ciphertext
            + pick([JSON.object(envelope).utf8, cut(JSON.object(envelope).utf8 + [0])])
    }

    // MARK: Wire formats

    /// An HTTP request that is broken somewhere.
    mutating func httpRequest() -> Bytes {
        let end = "\r\n\r\n"
        switch number(below: 5) {
        case 0: return [0x7f] + bytes(upTo: 400) + Bytes(end.utf8)
        case 1:
            let start = cut(Bytes("POST /storage_rpc/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 12".utf8))
            return number(below: 2) == 0 ? start : start + Bytes("\(end){\"method\"".utf8)
        case 2:
            let length = pick(["-1", "1e9", "", "99999999999999999999"])
            return Bytes("POST / HTTP/1.1\r\nContent-Length: \(length)\(end)".utf8)
        case 3: return Bytes("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\(end)zz\r\n".utf8) + bytes(upTo: 50)
        default:
            let (method, path) = (pick(["GET", "BREW", "P\u{0}T", "put"]), pick(["*", "/", "/../.."]))
            return Bytes("\(method) \(path) HTTP/\(pick(["1.1", "2.0", "9"]))\(end)".utf8)
        }
    }

    /// The beginning of a TLS connection that leads nowhere.
    mutating func tlsRecord() -> Bytes {
        let body = bytes(upTo: 500)
        let length = pick([body.count, body.count + number(below: 2000)])
        return [
            pick([0x16, 0x15, 0x17, 0x14]), 3, pick([0, 1, 3, 9]), UInt8(length >> 8),
            UInt8(length & 255),
        ] + body
    }

    /// The beginning of a ZeroMQ connection: a greeting, whole or cut, for some mechanism, and commands that fit none.
    mutating func zmqConnection() -> Bytes {
        let mechanism = Bytes(pick(["NULL", "PLAIN", "CURVE", "GSSAPI", "\u{1}"]).utf8)
        var greeting: Bytes =
            [0xff] + Bytes(repeating: 0, count: 8) + [0x7f, 3, UInt8(number(below: 3))]
        greeting += mechanism + Bytes(repeating: 0, count: 20 - mechanism.count)
        greeting += Bytes(repeating: 0, count: 64 - greeting.count)
        if number(below: 3) == 0 { return cut(greeting) }
        let name = Bytes(pick(["HELLO", "INITIATE", "READY", "MESSAGE", "ERROR"]).utf8)
        let body = [UInt8(name.count)] + name + bytes(upTo: 190)
        return greeting + [
            pick([4, 6, 0, 1]), UInt8(truncatingIfNeeded: pick([body.count, number(below: 256)])),
        ] + body
    }

    /// A message-queue message: a known command, a word of the protocol or nonsense, and frames that do not fit it.
    mutating func queueMessage() -> [Bytes] {
        let first: Bytes =
            switch number(below: 4) {
            case 0: bytes(upTo: 300)
            case 1:
                Bytes(
                    pick(["HI", "BYE", "HELLO", "REPLY", "FORBIDDEN", "UNKNOWNCOMMAND", ".", "a.b"]).utf8)
            default: Bytes(pick(Self.commands).utf8)
            }
        let tail = (0..<number(below: 4)).map { _ in
            switch number(below: 4) {
            case 0: call()
            case 1: onion()
            case 2: Bytes("d\(number(below: 9)):\(pick(Self.words))i\(next())e".utf8)
            default: bytes(upTo: 64)
            }
        }
        return [first] + tail
    }

    private static let commands = [
        "storage.store", "storage.retrieve", "storage.get_swarm", "storage.oxend_request",
        "storage.batch", "sn.ping",
        "sn.storage_cc", "sn.onion_request", "sn.data", "notify.block", "rpc.get_service_nodes",
        "rpc.get_info",
        "admin.get_service_node_privkeys", "admin.storage_server_ping", "sub.block", "rpc.nothing",
    ]
}
