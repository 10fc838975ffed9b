import SessionProtocol

/// Blocks a question is about, both ends included (ledger §6.8).
struct HeightRange {
    let start: UInt64
    let end: UInt64

    /// From `start_height` and `end_height`; a missing one is the top block.
    init(_ params: [String: JSON], top: UInt64) throws(RPCError) {
        start = try params.optional("start_height", \.asUnsigned, "a block height") ?? top
        end = try params.optional("end_height", \.asUnsigned, "a block height") ?? top
        guard start <= end else { throw .wrongParameter("start_height \(start) lies above end_height \(end)") }
        guard end <= top else { throw .heightTooBig("height \(end) is too big: the top block has height \(top)") }
    }

    /// Of the blocks in a chain.
    var indices: ClosedRange<Int> { Int(start)...Int(end) }
    var count: UInt64 { end - start + 1 }
}
