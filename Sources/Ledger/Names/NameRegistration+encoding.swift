import SessionProtocol

extension NameRegistration {
    func write(to fields: inout [String: Bencode]) {
        fields["name"] = .bytes(nameHash)
        fields["value"] = .bytes(encryptedValue)
        fields["salt"] = .bytes(valueNonce)
        fields["wallet"] = .bytes(owner.bytes)
        fields["amount"] = .unsignedOrInteger(burn.atomic)
        fields["nonce"] = .unsignedOrInteger(nonce)
        fields["sig"] = .bytes(signature)
    }

    init(_ fields: TransactionFields) throws(ArchiveError) {
        nameHash = try fields.bytes("name")
        encryptedValue = try fields.bytes("value")
        valueNonce = try fields.bytes("salt")
        owner = try fields.wallet("wallet")
        burn = try fields.amount("amount")
        nonce = try fields.number("nonce")
        signature = try fields.bytes("sig")
    }
}
