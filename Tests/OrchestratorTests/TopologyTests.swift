import Foundation
import SessionProtocol
import Testing

@testable import Orchestrator

@Suite struct TopologyTests {
    private var shipped: URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../topologies").standardizedFileURL
    }

    @Test("An empty file is the default network", arguments: ["", "\n", "# nothing\n", "{}", "---\n"])
    func empty(yaml: String) throws {
        #expect(try Topology(yaml: yaml, file: "x.yaml") == Topology())
    }

    @Test("Every field is read into its place")
    func everyField() throws {
        let yaml = """
            name: "123"
            seed: 18446744073709551615
            mode: simulated
            crypto: modelled
            nodes:
              - name: alpha
              - {name: b-2}
            ledger: {stake: 100, blockTime: 2s, rpcPort: 22023}
            listenIP: 192.0.2.7
            clients: {count: 100000, cipher: aes-gcm}
            verification: {messages: 10000, kill: b-2, timeout: 86400}
            load: {name: L, minutes: 100000, inventory: false}
            network: {profile: internet, mischief: none}
            tls: {certificate: certs/a.pem, key: /k.pem}
            storage: {rateLimit: false, maximumSize: 2GiB, statsAccessKeys: ["\(String(repeating: "0a", count: 32))"]}
            """
        var expected = Topology()
        expected.storage.rateLimit = false
        expected.storage.maximumSize = 2 << 30
        expected.storage.statsAccessKeys = [
            try #require(X25519PublicKey(hex: String(repeating: "0a", count: 32)))
        ]
        expected.name = "123"
        expected.seed = .max
        expected.mode = .simulated
        expected.crypto = .modelled
        expected.nodes = .named(["alpha", "b-2"])
        expected.ledger.stake = .coins(100)
        expected.ledger.blockTime = .every(.seconds(2))
        expected.ledger.rpcPort = 22_023
        expected.listenIP = IPv4Address(192, 0, 2, 7)
        expected.clients.count = 100_000
        expected.clients.cipher = .aesGCM
        expected.verification.messages = 10_000
        expected.verification.kill = "b-2"
        expected.verification.timeoutSeconds = 86_400
        var load = Topology.LoadSettings()
        load.name = .large
        load.minutes = 100_000
        load.takesInventory = false
        expected.load = load
        expected.network.profile = .internet
        expected.network.mischief = .none
        expected.tls = Topology.TLSFiles(certificate: "certs/a.pem", key: "/k.pem")
        #expect(try Topology(yaml: yaml, file: "x.yaml") == expected)
        #expect(try Topology(yaml: expected.yaml, file: "rendered") == expected)
    }

    @Test("Every field of the ledger is read into its place")
    func ledger() throws {
        let yaml = """
            mode: simulated
            ledger:
              preset: oxen
              stake: 100
              startHeight: 0
              hardFork: 19.4
              swarmPolicy: oxen
              timeScale: 100000
              blockTime: 2s
              testing: {enabled: false, smallNetworks: false}
              peerTesting: false
              blocks: {unlock: 1, deregistrationLock: 2, untilPayable: 0, initialCredit: 4, minimumCredit: 5, maximumCredit: 6}
              supply: 18446740000
              rpcPort: 22023
            """
        var expected = Topology()
        expected.mode = .simulated
        expected.ledger.preset = .oxen
        expected.ledger.stake = .coins(100)
        expected.ledger.startHeight = 0
        expected.ledger.hardFork = Hardfork(major: 19, revision: 4)
        expected.ledger.swarmPolicy = .oxen
        expected.ledger.timeScale = 100_000
        expected.ledger.testing.isEnabled = false
        expected.ledger.testing.testsSmallNetworks = false
        expected.ledger.peerTesting = false
        expected.ledger.blocks.unlock = 1
        expected.ledger.blocks.deregistrationLock = 2
        expected.ledger.blocks.untilPayable = 0
        expected.ledger.blocks.initialCredit = 4
        expected.ledger.blocks.minimumCredit = 5
        expected.ledger.blocks.maximumCredit = 6
        expected.ledger.supply = 18_446_740_000
        expected.ledger.blockTime = .every(.seconds(2))
        expected.ledger.rpcPort = 22_023
        #expect(try Topology(yaml: yaml, file: "x.yaml") == expected)
        #expect(try Topology(yaml: expected.yaml, file: "rendered") == expected)
    }

    @Test(
        "Durations are read in their units",
        arguments: [("10ms", 10), ("500ms", 500), ("2s", 2_000), ("1m", 60_000), ("1h", 3_600_000), ("60m", 3_600_000)])
    func durations(text: String, milliseconds: Int) throws {
        let topology = try Topology(yaml: "ledger: {blockTime: \(text)}", file: "x.yaml")
        #expect(topology.ledger.blockTime == .every(.milliseconds(milliseconds)))
        #expect(try Topology(yaml: topology.yaml, file: "rendered") == topology)
    }

    @Test("A stake may be left to the real curve, and blocks to the real interval")
    func words() throws {
        let topology = try Topology(yaml: "ledger: {stake: curve, blockTime: preset}", file: "x.yaml")
        #expect(topology.ledger.stake == .curve && topology.ledger.blockTime == .preset)
        #expect(try Topology(yaml: topology.yaml, file: "rendered") == topology)
    }

    @Test("Names and paths that look like something else survive rendering")
    func awkwardText() throws {
        for name in ["null", "123", "true", "1e5", "0x1", "no"] {
            var topology = Topology()
            topology.name = name
            topology.nodes = .named([name, "x"])
            topology.tls = Topology.TLSFiles(certificate: "a \"b\"\\c: #d\n\té😀", key: "~")
            #expect(try Topology(yaml: topology.yaml, file: "rendered") == topology)
        }
    }

    @Test("Nodes are n1 to nN unless named")
    func names() {
        #expect(Topology.Nodes.count(3).names == ["n1", "n2", "n3"])
        #expect(Topology.Nodes.named(["b", "a"]).names == ["b", "a"])
        #expect(Topology().nodes.count == 12)
    }

    @Test("The default file says exactly the defaults")
    func defaultFile() throws {
        #expect(try Topology(contentsOf: shipped.appending(path: "default.yaml").path) == Topology())
    }

    @Test("Every shipped topology is sound, and reads back equal after rendering")
    func shippedFiles() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: shipped.path).filter { $0.hasSuffix(".yaml") }
        var counts: [String: Int] = [:]
        for file in files {
            let topology = try Topology(contentsOf: shipped.appending(path: file).path)
            #expect(try Topology(yaml: topology.yaml, file: "rendered") == topology)
            counts[file] = topology.nodes.count
        }
        #expect(counts["default.yaml"] == 12)
        #expect(counts["three-swarms.yaml"] == 24)
        #expect(counts["hundred.yaml"] == 100)
        #expect(counts["thousand.yaml"] == 1_000)
    }

    @Test("A file that cannot be read is named, with the most similar one beside it")
    func unreadable() throws {
        let cases = [
            ("defualt.yaml", "there is no such file; did you mean \(shipped.path)/default.yaml?"),
            ("nothing-like-it.txt", "there is no such file; check the path"),
            ("", "is a directory; name a file in it"),
        ]
        for (file, problem) in cases {
            let path = file.isEmpty ? shipped.path : "\(shipped.path)/\(file)"
            #expect(throws: TopologyErrors.self) {
                do {
                    _ = try Topology(contentsOf: path)
                } catch {
                    #expect("\(error)" == "\(path): \(problem)")
                    throw error
                }
            }
        }
    }

    @Test("Flags override fields by the same rules")
    func flags() throws {
        let flags: [(Topology.Override, String)] = [
            (.name, "other"), (.seed, "7"), (.mode, "simulated"), (.crypto, "modelled"), (.nodeCount, "5"),
            (.clientCount, "30000"), (.listenIP, "127.0.0.1"), (.rpcPort, "22023"), (.blockTime, "1s"),
            (.messages, "3"), (.kill, "n5"), (.timeout, "9"), (.load, "L"), (.minutes, "8"),
            (.inventory, "false"), (.profile, "loopback"), (.mischief, "none"), (.preset, "oxen"), (.stake, "curve"),
            (.swarmPolicy, "oxen"), (.timeScale, "501"),
        ]
        let yaml = """
            {name: other, seed: 7, mode: simulated, crypto: modelled, nodes: {count: 5}, clients: {count: 30000},
             listenIP: 127.0.0.1, ledger: {rpcPort: 22023, blockTime: 1s, preset: oxen, stake: curve, swarmPolicy: oxen, timeScale: 501},
             verification: {messages: 3, kill: n5, timeout: 9},
             load: {name: L, minutes: 8, inventory: false}, network: {profile: loopback, mischief: none}}
            """
        #expect(
            try Topology(flags: flags.map { Topology.Flag($0.0, $0.1, name: "--flag") })
                == Topology(yaml: yaml, file: "x.yaml"))
        #expect(Set(flags.map(\.0)) == Set(Topology.Override.allCases))
    }

    @Test("A load has the defaults for what is left out, wherever the rest of it comes from; without one there is none")
    func load() throws {
        #expect(try Topology(yaml: "load: {}", file: "x.yaml").load == Topology.LoadSettings())
        var five = Topology.LoadSettings()
        five.minutes = 5
        #expect(try Topology(yaml: "load: {minutes: 5}", file: "x.yaml").load == five)
        #expect(try Topology(flags: [Topology.Flag(.minutes, "5", name: "--minutes")]).load == five)
        five.name = .large
        let flag = Topology.Flag(.load, "L", name: "--load")
        #expect(try Topology(yaml: "load: {minutes: 5}", file: "x.yaml", flags: [flag]).load == five)
        #expect(Topology().load == nil && !Topology().yaml.contains("load"))
    }

    @Test("What a verb takes for given holds only where neither file nor flag says otherwise")
    func base() throws {
        var base = Topology()
        base.mode = .simulated
        base.load = Topology.LoadSettings()
        #expect(try Topology(yaml: "", file: "x.yaml", over: base) == base)
        #expect(try Topology(flags: [], over: base) == base)
        #expect(try Topology(yaml: "mode: subprocess", file: "x.yaml", over: base).mode == .subprocess)
        let flag = Topology.Flag(.mode, "in-process", name: "--mode")
        #expect(try Topology(yaml: "load: {name: L}", file: "x.yaml", flags: [flag], over: base).mode == .inProcess)
        #expect(try Topology(yaml: "load: {name: L}", file: "x.yaml", over: base).load?.name == .large)
    }

    @Test("A flag may make right what a file alone would have wrong")
    func flagsBesideFile() throws {
        let yaml = "{crypto: modelled, clients: {count: 50000}, verification: {kill: n20}}"
        let topology = try Topology(
            yaml: yaml, file: "x.yaml",
            flags: [
                Topology.Flag(.mode, "simulated", name: "--mode"), Topology.Flag(.nodeCount, "20", name: "--nodes"),
            ])
        #expect(topology.crypto == .modelled && topology.clients.count == 50_000 && topology.verification.kill == "n20")
    }

    @Test("Every node and every client of the largest network has an address of its own in the run's block")
    func addresses() {
        let topology = Topology()
        #expect(topology.address(ofNode: 0, addressBlock: 16) == IPv4Address(127, 16, 0, 1))
        #expect(topology.address(ofNode: 250, addressBlock: 17) == IPv4Address(127, 17, 1, 1))
        #expect(topology.address(ofNode: 9_999, addressBlock: 255) == IPv4Address(127, 255, 39, 250))
        #expect(topology.address(ofClient: 0, addressBlock: 16) == IPv4Address(127, 16, 200, 1))
        #expect(topology.address(ofClient: 9_999, addressBlock: 16) == IPv4Address(127, 16, 239, 250))
        var all = Set<IPv4Address>()
        for index in 0..<10_000 {
            all.insert(topology.address(ofNode: index, addressBlock: 30))
            all.insert(topology.address(ofClient: index, addressBlock: 30))
        }
        #expect(all.count == 20_000)
    }

    @Test("With a listening address all nodes and clients share it")
    func listenIP() {
        var topology = Topology()
        topology.listenIP = IPv4Address(192, 0, 2, 7)
        #expect(topology.address(ofNode: 3, addressBlock: 16) == IPv4Address(192, 0, 2, 7))
        #expect(topology.address(ofClient: 3, addressBlock: 16) == IPv4Address(192, 0, 2, 7))
    }

    @Test("In a simulation addresses are not the run's, and 10,000 nodes and 100,000 clients have their own")
    func simulatedAddresses() {
        var topology = Topology()
        topology.mode = .simulated
        topology.listenIP = IPv4Address(192, 0, 2, 7)
        var all = Set<IPv4Address>()
        for index in 0..<10_000 { all.insert(topology.address(ofNode: index, addressBlock: 30)) }
        for index in 0..<100_000 { all.insert(topology.address(ofClient: index, addressBlock: 30)) }
        #expect(all.count == 110_000)
        #expect(all.allSatisfy { $0.description.hasPrefix("10.") })
        for index in [0, 9_999] {
            #expect(
                topology.address(ofNode: index, addressBlock: 16) == topology.address(ofNode: index, addressBlock: 215))
            #expect(
                topology.address(ofClient: index, addressBlock: 16)
                    == topology.address(ofClient: index, addressBlock: 215))
        }
    }
}
