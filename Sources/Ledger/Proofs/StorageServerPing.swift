import SessionProtocol

/// A storage server's sign of life to its own ledger daemon (ledger §6.5).
struct StorageServerPing: Sendable, Equatable {
    /// Major, minor, patch.
    var version: [UInt16]
    var httpsPort: UInt16
    var omqPort: UInt16
    var ed25519: Ed25519PublicKey
    /// The server's own complaint; such a ping is no sign of life.
    var error: String?

    /// The oldest storage server that may prove a node alive.
    static let oldestVersion: [UInt16] = [2, 8, 0]

    init(params: [String: JSON]) throws(RPCError) {
        version = try Self.version(params["version"])
        httpsPort = try Self.uint16(params["https_port"], "https_port")
        omqPort = try Self.uint16(params["omq_port"], "omq_port")
        guard let key = params["pubkey_ed25519"]?.asString.flatMap({ Ed25519PublicKey(hex: $0) }) else {
            throw .wrongParameter("pubkey_ed25519 must be 64 hex digits")
        }
        ed25519 = key
        error = try Self.complaint(params["error"])
    }

    static func version(_ value: JSON?) throws(RPCError) -> [UInt16] {
        guard let numbers = value?.asArray, numbers.count == 3 else {
            throw .wrongParameter("version must be an array of three numbers")
        }
        var version: [UInt16] = []
        for number in numbers { version.append(try uint16(number, "version")) }
        return version
    }

    private static func uint16(_ value: JSON?, _ name: String) throws(RPCError) -> UInt16 {
        guard let number = value?.asUnsigned.flatMap({ UInt16(exactly: $0) }) else {
            throw .wrongParameter("\(name) must hold numbers from 0 to 65535")
        }
        return number
    }

    static func complaint(_ value: JSON?) throws(RPCError) -> String? {
        switch value {
        case nil, .null: return nil
        case .string(let text): return text.isEmpty ? nil : text
        default: throw .wrongParameter("error must be a string")
        }
    }

    /// - Returns: why the daemon does not take it as a sign of life, as its reply's `status`; `nil` when it does.
    func refusal(expecting own: Ed25519PublicKey) -> String? {
        if let error { return "Error: the storage server reports: \(error)" }
        if version.lexicographicallyPrecedes(Self.oldestVersion) {
            return "Outdated storage server \(Self.text(version)); at least \(Self.text(Self.oldestVersion)) is needed"
        }
        if ed25519 != own { return "Invalid storage server pubkey \(ed25519); this node's is \(own)" }
        return nil
    }

    static func text(_ version: [UInt16]) -> String { version.map(String.init).joined(separator: ".") }
}
