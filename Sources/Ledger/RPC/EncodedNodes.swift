import SessionProtocol

/// The nodes of `get_service_nodes` replies as text, by the fields they show: a reply that is made again encodes only
/// those nodes that changed.
struct EncodedNodes: Sendable {
    private struct Piece {
        var node: ReportedNode
        var text: Bytes
    }
    private typealias Pieces = [LegacyPublicKey: Piece]

    /// Bounds what unusual choices of fields can make the ledger keep.
    private static let capacity = 4
    private var piecesByFields: [FieldSelection: Pieces] = [:]

    /// Appends a JSON array of `nodes`.
    mutating func append(_ nodes: some Sequence<ReportedNode>, showing fields: FieldSelection, to output: inout Bytes) {
        // Taken out while it changes, so that it is not copied.
        var pieces = piecesByFields.removeValue(forKey: fields) ?? [:]
        var isFirst = true
        output.append(UInt8(ascii: "["))
        for node in nodes {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            if let piece = pieces[node.entry.node], piece.node == node {
                output += piece.text
            } else {
                let text = node.json(fields).utf8
                pieces[node.entry.node] = Piece(node: node, text: text)
                output += text
            }
        }
        output.append(UInt8(ascii: "]"))
        if piecesByFields.count >= Self.capacity { piecesByFields = [:] }
        piecesByFields[fields] = pieces
    }
}
