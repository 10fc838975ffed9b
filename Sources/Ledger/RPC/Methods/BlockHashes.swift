import SessionProtocol

extension RPCMethod {
    /// Most hashes one call may ask for.
    private static let mostHashes = 1_000

    /// `get_block_hash` (ledger §6.4): `heights` gives an object; the older `height` of one gives a bare string, which
    /// is the form storage servers read.
    static let blockHash = RPCMethod("get_block_hash") { (daemon, call) throws(RPCError) in
        let view = daemon.view(for: call.caller)
        let params = try call.params()
        if let list = params["heights"] {
            guard let heights = list.asArray, heights.count <= mostHashes else {
                throw .wrongParameter("heights must be an array of at most \(mostHashes) block heights")
            }
            var reply: [String: JSON] = ["status": "OK", "height": .uint(view.blockCount)]
            for value in heights {
                let block = try view.block(at: value)
                reply[String(block.height)] = .string(block.hash.hex)
            }
            return Answer(.object(reply))
        }
        guard let heights = params["height"]?.asArray, heights.count == 1 else {
            throw .wrongParameter("expected heights: an array of block heights")
        }
        return Answer(.string(try view.block(at: heights[0]).hash.hex))
    }
}

extension ChainView {
    fileprivate func block(at value: JSON) throws(RPCError) -> Block {
        guard let wanted = value.asUnsigned else {
            throw .wrongParameter("a block height must be a whole number from 0")
        }
        guard wanted < blockCount else {
            throw .heightTooBig("height \(wanted) is too big: the chain has \(blockCount) blocks")
        }
        return chain.blocks[Int(wanted)]
    }
}
