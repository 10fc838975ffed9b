import SessionProtocol

extension RegistrationTransaction {
    func write(to fields: inout [String: Bencode]) {
        fields["node"] = .bytes(node.bytes)
        fields["spots"] = .list(
            spots.map { .list([.bytes($0.address.bytes), .unsignedOrInteger($0.value)]) })
        fields["fee"] = .unsignedOrInteger(fee)
        switch validity {
        case .hardfork(let version): fields["hf"] = .integer(Int64(version))
        case .expires(let time): fields["expires"] = .integer(time)
        }
        fields["nodesig"] = .bytes(nodeSignature)
        fields["wallet"] = .bytes(funder.bytes)
        fields["amount"] = .unsignedOrInteger(stake.atomic)
        fields["nonce"] = .unsignedOrInteger(nonce)
        fields["sig"] = .bytes(funderSignature)
    }

    init(_ fields: TransactionFields) throws(ArchiveError) {
        node = try fields.node("node")
        var spots: [Spot] = []
        for item in try fields.list("spots") {
            guard let parts = item.asList, parts.count == 2, let value = parts[1].asUnsigned,
                let address = parts[0].asBytes.flatMap({ WalletAddress(bytes: $0) })
            else { throw fields.unreadable("spots") }
            spots.append(Spot(address: address, value: value))
        }
        self.spots = spots
        fee = try fields.number("fee")
        if fields.has("hf") {
            validity = .hardfork(try fields.small("hf", as: UInt8.self))
        } else {
            validity = .expires(try fields.signed("expires"))
        }
        nodeSignature = try fields.bytes("nodesig")
        funder = try fields.wallet("wallet")
        stake = try fields.amount("amount")
        nonce = try fields.number("nonce")
        funderSignature = try fields.bytes("sig")
    }
}
