/// The kinds of requests a node counts (storage-node §12.6).
enum CountedRequest: String, Sendable, CaseIterable {
    /// `store`, from a client, an onion or a swarm peer.
    case store
    case retrieve
    /// One hop of an onion, whatever became of it.
    case onion
    /// An onion that left the network for a server here.
    case proxy

    /// - Returns: `nil` for methods that are not counted.
    init?(method name: String) {
        switch name {
        case Store.names[0]: self = .store
        case Retrieve.names[0]: self = .retrieve
        default: return nil
        }
    }
}
