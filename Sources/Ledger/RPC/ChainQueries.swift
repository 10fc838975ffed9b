import SessionProtocol

extension LedgerChain {
    /// Most hashes one call may ask for.
    private static let mostHashes = 1_000

    /// `get_block_hash` (ledger §6.4): `heights` gives an object; the older `height` of one gives a bare string, which
    /// is the form storage servers read.
    func blockHashReply(params: [String: JSON]) throws(RPCError) -> JSON {
        if let list = params["heights"] {
            guard let heights = list.asArray, heights.count <= Self.mostHashes else {
                throw .wrongParameter("heights must be an array of at most \(Self.mostHashes) block heights")
            }
            var reply: [String: JSON] = ["status": "OK", "height": .uint(height)]
            for value in heights {
                let block = try block(at: value)
                reply[String(block.height)] = .string(block.hash.hex)
            }
            return .object(reply)
        }
        guard let heights = params["height"]?.asArray, heights.count == 1 else {
            throw .wrongParameter("expected heights: an array of block heights")
        }
        return .string(try block(at: heights[0]).hash.hex)
    }

    private func block(at value: JSON) throws(RPCError) -> Block {
        guard let wanted = value.asUnsigned else {
            throw .wrongParameter("a block height must be a whole number from 0")
        }
        guard wanted < height else {
            throw .heightTooBig("height \(wanted) is too big: the chain has \(height) blocks")
        }
        return blocks[Int(wanted)]
    }
}
