import SessionProtocol

extension RPCMethod {
    /// `ons_resolve` (ledger §6.7): what a name stands for, encrypted with the name; nothing for an unknown one. This
    /// ledger sells names of Session accounts only, so there are never any of wallets and routers.
    static let nameResolution = RPCMethod("ons_resolve", aliases: ["lns_resolve"]) { (daemon, call) throws(RPCError) in
        let params = try call.params()
        let type = try params.required("type", \.asUnsigned, "0 (session), 1 (wallet) or 2 (lokinet)")
        guard type <= 2 else { throw .wrongParameter("expected type: 0 (session), 1 (wallet) or 2 (lokinet)") }
        let text = try params.required("name_hash", \.asString, "64 hex digits, or 43 or 44 characters of base64")
        guard let hash = nameHash(text) else {
            throw .wrongParameter("expected name_hash: 64 hex digits, or 43 or 44 characters of base64")
        }
        let names = daemon.view(for: call.caller).figures.names
        guard type == 0, let entry = names.entries[hash] else { return Answer([:]) }
        return Answer([
            "encrypted_value": .string(Hex.encode(entry.record.encryptedValue)),
            "nonce": .string(Hex.encode(entry.record.nonce)),
        ])
    }

    private static func nameHash(_ text: String) -> NameHash? {
        switch text.utf8.count {
        case 64: Hex.decode(text).flatMap { NameHash($0) }
        case 43, 44: Base64.decode(text).flatMap { NameHash($0) }
        default: nil
        }
    }
}
