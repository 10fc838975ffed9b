import SessionProtocol

extension StakeTransaction {
    func write(to fields: inout [String: Bencode]) {
        fields["node"] = .bytes(node.bytes)
        fields["wallet"] = .bytes(contributor.bytes)
        fields["amount"] = .unsignedOrInteger(amount.atomic)
        fields["nonce"] = .unsignedOrInteger(nonce)
        fields["sig"] = .bytes(signature)
    }

    init(_ fields: TransactionFields) throws(ArchiveError) {
        node = try fields.node("node")
        contributor = try fields.wallet("wallet")
        amount = try fields.amount("amount")
        nonce = try fields.number("nonce")
        signature = try fields.bytes("sig")
    }
}

extension UnlockTransaction {
    func write(to fields: inout [String: Bencode]) {
        fields["node"] = .bytes(node.bytes)
        fields["image"] = .bytes(keyImage)
        fields["nonce"] = .unsignedOrInteger(nonce)
        fields["sig"] = .bytes(signature)
    }

    init(_ fields: TransactionFields) throws(ArchiveError) {
        node = try fields.node("node")
        keyImage = try fields.bytes("image")
        nonce = try fields.number("nonce")
        signature = try fields.bytes("sig")
    }
}

extension TransferTransaction {
    func write(to fields: inout [String: Bencode]) {
        fields["from"] = .bytes(from.bytes)
        fields["to"] = .bytes(to.bytes)
        fields["amount"] = .unsignedOrInteger(amount.atomic)
        fields["nonce"] = .unsignedOrInteger(nonce)
        fields["sig"] = .bytes(signature)
    }

    init(_ fields: TransactionFields) throws(ArchiveError) {
        from = try fields.wallet("from")
        to = try fields.wallet("to")
        amount = try fields.amount("amount")
        nonce = try fields.number("nonce")
        signature = try fields.bytes("sig")
    }
}
