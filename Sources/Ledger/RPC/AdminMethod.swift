/// Questions only a node's own storage server may ask of the node's daemon (ledger §6.1).
enum AdminMethod: String, CaseIterable, Sendable {
    case servicePrivateKeys = "get_service_privkeys"
    case storageServerPing = "storage_server_ping"
    case reportPeerStatus = "report_peer_status"

    private static let aliases: [String: AdminMethod] = [
        "get_service_node_privkey": .servicePrivateKeys, "report_peer_storage_server_status": .reportPeerStatus,
    ]

    init?(name: String) {
        guard let method = AdminMethod(rawValue: name) ?? Self.aliases[name] else { return nil }
        self = method
    }

    /// Every name, aliases included.
    static var names: [String] { (allCases.map(\.rawValue) + aliases.keys).sorted() }
}
