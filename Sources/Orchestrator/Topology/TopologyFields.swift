/// The keys of a topology file, section by section, for whoever reads it and for whoever looks for what was meant.
enum TopologyFields {
    /// By the section's path; the file itself has none.
    private static let sections: [(path: String, keys: [String])] = [
        (
            "",
            [
                "name", "seed", "mode", "crypto", "nodes", "ledger", "listenIP", "clients", "verification", "load",
                "network", "tls", "storage",
            ]
        ),
        ("verification", ["messages", "kill", "timeout"]), ("nodes", ["count"]), ("clients", ["count", "cipher"]),
        (
            "ledger",
            [
                "preset", "stake", "startHeight", "hardFork", "swarmPolicy", "timeScale", "blockTime", "testing",
                "peerTesting",
                "blocks", "supply", "rpcPort",
            ]
        ),
        ("ledger.testing", ["enabled", "smallNetworks"]),
        ("ledger.blocks", Topology.BlockCounts.fields.map(\.key)), ("load", ["name", "minutes", "inventory"]),
        ("network", ["profile", "mischief"]), ("tls", ["certificate", "key"]),
        ("storage", ["rateLimit", "maximumSize", "statsAccessKeys"]),
    ]

    /// - Parameter path: of a section that there is.
    static func keys(of path: String) -> [String] { sections.first { $0.path == path }?.keys ?? [] }

    /// - Returns: the path of the field of another section that looks most like a key which this one does not have.
    static func elsewhere(like key: String, outside path: String) -> String? {
        let others = sections.filter { $0.path != path }
        let keys = others.flatMap { section in
            section.keys.map { (key: $0, path: section.path.isEmpty ? $0 : "\(section.path).\($0)") }
        }
        let nearest = Spelling.nearest(to: key, among: keys.map(\.key))
        return keys.first { $0.key == nearest }?.path
    }
}
