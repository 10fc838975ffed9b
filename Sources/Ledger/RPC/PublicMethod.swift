import SessionProtocol

/// Questions anyone may ask, over HTTP and over the message queue (ledger §6.1).
enum PublicMethod: String, CaseIterable, Sendable {
    case serviceNodes = "get_service_nodes"
    case blockHash = "get_block_hash"
    case height = "get_height"
    case blockCount = "get_block_count"
    case stakingRequirement = "get_staking_requirement"

    private static let aliases: [String: PublicMethod] = [
        "get_n_service_nodes": .serviceNodes, "get_all_service_nodes": .serviceNodes,
    ]

    init?(name: String) {
        guard let method = PublicMethod(rawValue: name) ?? Self.aliases[name] else { return nil }
        self = method
    }

    /// Every name, aliases included.
    static var names: [String] { (allCases.map(\.rawValue) + aliases.keys).sorted() }
}
