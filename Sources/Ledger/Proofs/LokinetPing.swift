import SessionProtocol

/// A router's sign of life to its own ledger daemon (ledger §6.5).
struct LokinetPing: Sendable, Equatable {
    /// Major, minor, patch.
    let version: [UInt16]
    /// `nil` when the router did not say.
    let ed25519: Ed25519PublicKey?
    /// The router's own complaint.
    let error: String?

    /// The oldest router that counts.
    static let oldestVersion: [UInt16] = [0, 9, 11]

    init(params: [String: JSON]) throws(RPCError) {
        version = try StorageServerPing.version(params["version"])
        switch params["pubkey_ed25519"] {
        case nil, .null: ed25519 = nil
        case .some(let value):
            guard let key = value.asString.flatMap({ Ed25519PublicKey(hex: $0) }) else {
                throw .wrongParameter("pubkey_ed25519 must be 64 hex digits")
            }
            ed25519 = key
        }
        error = try StorageServerPing.complaint(params["error"])
    }

    /// - Returns: why the daemon does not take it as a sign of life, as its reply's `status`; `nil` when it does.
    func refusal(expecting own: Ed25519PublicKey) -> String? {
        if let error { return "Error: the router reports: \(error)" }
        if version.lexicographicallyPrecedes(Self.oldestVersion) {
            let texts = [version, Self.oldestVersion].map(StorageServerPing.text)
            return "Outdated router \(texts[0]); at least \(texts[1]) is needed"
        }
        if let ed25519, ed25519 != own { return "Invalid router pubkey \(ed25519); this node's is \(own)" }
        return nil
    }
}
