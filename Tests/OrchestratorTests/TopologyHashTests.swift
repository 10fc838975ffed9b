import SessionCrypto
import SessionProtocol
import Testing

@testable import Orchestrator

@Suite struct TopologyHashTests {
    @Test("The hash is 16 hex digits, the same for the same topology however it is written")
    func form() throws {
        let hash = Topology().contentHash
        #expect(hash.utf8.count == 16 && hash.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        #expect(try Topology(yaml: "{network: {mischief: rare}, nodes: {count: 12}}", file: "x").contentHash == hash)
        #expect(try Topology(yaml: Topology().yaml, file: "x").contentHash == hash)
    }

    @Test("What a replay is told otherwise and what a simulation ignores leave the hash as it is")
    func omitted() {
        let changes: [(inout Topology) -> Void] = [
            { $0.name = "other" }, { $0.seed = 7 }, { $0.mode = .subprocess }, { $0.mode = .simulated },
            { $0.tls = Topology.TLSFiles(certificate: "c", key: "k") }, { $0.listenIP = IPv4Address(192, 0, 2, 7) },
            { $0.ledger.rpcPort = 22_023 },
        ]
        for (index, change) in changes.enumerated() {
            var topology = Topology()
            change(&topology)
            #expect(topology != Topology() && topology.contentHash == Topology().contentHash, "change \(index)")
        }
    }

    @Test("Every other field changes the hash, each in its own way")
    func covered() {
        let changes: [(inout Topology) -> Void] = [
            { $0.crypto = .modelled }, { $0.nodes = .count(13) }, { $0.nodes = .named(["a", "b"]) },
            { $0.nodes = .named(["b", "a"]) }, { $0.ledger.stake = .coins(1) },
            { $0.ledger.stake = .curve }, { $0.ledger.preset = .oxen }, { $0.ledger.startHeight = 1 },
            { $0.ledger.hardFork = Hardfork(major: 19, revision: 4) },
            { $0.ledger.swarmPolicy = .oxen }, { $0.ledger.timeScale = 2 }, { $0.ledger.blockTime = .preset },
            { $0.ledger.testing.isEnabled = false }, { $0.ledger.testing.testsSmallNetworks = false },
            { $0.ledger.peerTesting = false }, { $0.ledger.supply = 0 }, { $0.ledger.blocks.unlock = 10_800 },
            { $0.ledger.blocks.deregistrationLock = 1 }, { $0.ledger.blocks.untilPayable = 1 },
            { $0.ledger.blocks.initialCredit = 1 }, { $0.ledger.blocks.minimumCredit = 1 },
            { $0.ledger.blocks.maximumCredit = 1 },
            { $0.ledger.blockTime = .every(.seconds(2)) }, { $0.clients.count = 3 }, { $0.clients.cipher = .aesGCM },
            { $0.verification.messages = 21 }, { $0.verification.kill = "n3" },
            { $0.verification.timeoutSeconds = 61 }, { $0.network.profile = .internet },
            { $0.network.profile = .loopback }, { $0.network.mischief = .none }, { $0.load = Topology.LoadSettings() },
            { $0.load = Self.load { $0.name = .large } }, { $0.load = Self.load { $0.minutes = 61 } },
            { $0.load = Self.load { $0.takesInventory = false } }, { $0.storage.rateLimit = false },
            { $0.storage.maximumSize = 1 << 20 },
            {
                $0.nodes = .named(["a", "b"])
                $0.externals["b"] = Topology.ExternalServer(executable: "x", arguments: [])
            },
            { $0.storage.statsAccessKeys = [NodeKeys(networkSeed: 1, name: "a").x25519.publicKey] },
        ]
        var hashes: Set<String> = [Topology().contentHash]
        for (index, change) in changes.enumerated() {
            var topology = Topology()
            change(&topology)
            #expect(hashes.insert(topology.contentHash).inserted, "change \(index)")
        }
    }

    private static func load(_ change: (inout Topology.LoadSettings) -> Void) -> Topology.LoadSettings {
        var load = Topology.LoadSettings()
        change(&load)
        return load
    }

    @Test("Every field of a topology is either covered by the hash or left out on purpose")
    func complete() {
        func fields(_ value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label).sorted() }
        let topology = Topology()
        // A new field fails here until it stands in one of the two tables above.
        #expect(
            fields(topology) == [
                "clients", "crypto", "externals", "ledger", "listenIP", "load", "mode", "name", "network", "nodes",
                "seed",
                "storage", "tls", "verification",
            ])
        #expect(
            fields(topology.ledger) == [
                "blockTime", "blocks", "hardFork", "peerTesting", "preset", "rpcPort", "stake", "startHeight", "supply",
                "swarmPolicy", "testing", "timeScale",
            ])
        #expect(fields(topology.ledger.testing) == ["isEnabled", "testsSmallNetworks"])
        #expect(
            fields(topology.ledger.blocks) == [
                "deregistrationLock", "initialCredit", "maximumCredit", "minimumCredit", "unlock", "untilPayable",
            ])
        #expect(fields(topology.clients) == ["cipher", "count"])
        #expect(fields(topology.verification) == ["kill", "messages", "timeoutSeconds"])
        #expect(fields(Topology.LoadSettings()) == ["minutes", "name", "takesInventory"])
        #expect(fields(topology.network) == ["mischief", "profile"])
        #expect(fields(topology.storage) == ["maximumSize", "rateLimit", "statsAccessKeys"])
    }
}
