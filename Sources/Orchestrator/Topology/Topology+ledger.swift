import Yams

extension Topology {
    /// Reads what a file says of the ledger.
    mutating func readLedger(_ node: Node, with reader: inout TopologyReader) {
        guard
            let section = reader.section(
                node, at: "ledger", example: "a mapping such as {blockTime: auto}")
        else { return }
        ledger.preset = reader.word(section, "preset") ?? ledger.preset
        ledger.stake =
            reader.value(section, "stake", example: "a number of coins, or curve", TopologyRules.stake) ?? ledger.stake
        ledger.startHeight =
            reader.value(section, "startHeight", example: "a height", TopologyRules.startHeight) ?? ledger.startHeight
        ledger.hardFork =
            reader.value(section, "hardFork", example: "a hard fork such as 19.4", TopologyRules.hardFork)
            ?? ledger.hardFork
        ledger.swarmPolicy = reader.word(section, "swarmPolicy") ?? ledger.swarmPolicy
        ledger.timeScale =
            reader.value(section, "timeScale", example: "a whole number", TopologyRules.timeScale) ?? ledger.timeScale
        ledger.blockTime =
            reader.value(
                section, "blockTime", example: "auto, preset or a duration such as 2s", TopologyRules.blockTime)
            ?? ledger.blockTime
        ledger.peerTesting =
            reader.value(section, "peerTesting", example: "true or false", TopologyRules.truth) ?? ledger.peerTesting
        ledger.supply = reader.value(section, "supply", example: "a number of coins", TopologyRules.supply)
        ledger.rpcPort = reader.value(section, "rpcPort", example: "a port", TopologyRules.rpcPort) ?? ledger.rpcPort
        if let node = section["testing"] { readTesting(node, with: &reader) }
        if let node = section["blocks"] { readBlocks(node, with: &reader) }
    }

    private mutating func readTesting(_ node: Node, with reader: inout TopologyReader) {
        guard
            let section = reader.section(
                node, at: "ledger.testing",
                example: "a mapping such as {enabled: true}")
        else { return }
        ledger.testing.isEnabled =
            reader.value(section, "enabled", example: "true or false", TopologyRules.truth) ?? ledger.testing.isEnabled
        ledger.testing.testsSmallNetworks =
            reader.value(section, "smallNetworks", example: "true or false", TopologyRules.truth)
            ?? ledger.testing.testsSmallNetworks
    }

    private mutating func readBlocks(_ node: Node, with reader: inout TopologyReader) {
        let fields = BlockCounts.fields
        guard
            let section = reader.section(
                node, at: "ledger.blocks", example: "a mapping such as {unlock: 10800}")
        else { return }
        for (key, path, least) in fields {
            let value = reader.value(section, key, example: "a number of blocks") { text throws(TopologyError.Reason) in
                try TopologyRules.blockCount(text, least: least)
            }
            ledger.blocks[keyPath: path] = value ?? ledger.blocks[keyPath: path]
        }
    }
}

extension Topology.LedgerSettings {
    /// The lines of a topology's YAML below `ledger:`.
    var yamlLines: [String] {
        var lines = ["  preset: \(preset.rawValue)"]
        switch stake {
        case .coins(let coins): lines.append("  stake: \(coins)")
        case .curve: lines.append("  stake: curve")
        case nil: break
        }
        if let startHeight { lines.append("  startHeight: \(startHeight)") }
        lines += [
            "  hardFork: \(hardFork)", "  swarmPolicy: \(swarmPolicy.rawValue)", "  timeScale: \(timeScale)",
            "  blockTime: \(blockTime.yaml)", "  testing:", "    enabled: \(testing.isEnabled)",
            "    smallNetworks: \(testing.testsSmallNetworks)", "  peerTesting: \(peerTesting)",
        ]
        let counts = Topology.BlockCounts.fields.compactMap { key, path, _ in
            blocks[keyPath: path].map { "    \(key): \($0)" }
        }
        if !counts.isEmpty { lines += ["  blocks:"] + counts }
        if let supply { lines.append("  supply: \(supply)") }
        return lines + ["  rpcPort: \(rpcPort)"]
    }
}

extension Topology.BlockTime {
    fileprivate var yaml: String {
        switch self {
        case .auto: "auto"
        case .preset: "preset"
        case .every(let duration):
            "\(duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000)ms"
        }
    }
}
