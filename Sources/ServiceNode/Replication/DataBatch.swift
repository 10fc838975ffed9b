import SessionProtocol

/// What goes into one `sn.data` request, by the reference's count of bytes (storage-node §8.4).
struct DataBatch<Element> {
    private(set) var elements: [Element] = []
    private var bytes: Int

    /// - Parameter isFirst: whether no other batch of the same hand-over came before it.
    init(isFirst: Bool) { bytes = isFirst ? 2 : 3 }

    /// Takes an element, unless the batch holds some already and would become too large.
    /// - Parameter dataBytes: the length of the message's data.
    /// - Returns: whether it was taken.
    mutating func add(_ element: Element, hash: MessageHash, dataBytes: Int) -> Bool {
        let cost = 79 + hash.text.utf8.count + dataBytes
        guard elements.isEmpty || bytes + cost <= Limits.dataBatchBytes else { return false }
        bytes += cost
        elements.append(element)
        return true
    }
}

extension Limits {
    /// The most that messages handed over in one request may count (storage-node §8.4).
    static let dataBatchBytes = 9_000_000
    /// The most hashes of one page of a comparison.
    static let hashesPerPage = 1_000
}
