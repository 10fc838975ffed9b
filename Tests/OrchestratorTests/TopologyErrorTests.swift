import Testing

@testable import Orchestrator

@Suite struct TopologyErrorTests {
    private static let topLevelKeys =
        "name, seed, mode, crypto, nodes, ledger, listenIP, clients, verification, load, network, tls, storage"
    private static let nodesShape = "a mapping such as {count: 12} or a list of '- name: n1'"

    private func message(_ yaml: String, flags: [Topology.Flag] = []) -> String? {
        do throws(TopologyErrors) {
            _ = try Topology(yaml: yaml, file: "x.yaml", flags: flags)
            return nil
        } catch {
            return error.description
        }
    }

    @Test(
        "A wrong key is named with its line and the nearest known one",
        arguments: [
            ("modee: subprocess", "x.yaml:1: 'modee' is not a known key; did you mean 'mode'?"),
            ("name: a\n\nldeger: {}", "x.yaml:3: 'ldeger' is not a known key; did you mean 'ledger'?"),
            (
                "name: a\nledger:\n  stake: 5\n  blocktime: auto",
                "x.yaml:4: 'ledger.blocktime' is not a known key; did you mean 'ledger.blockTime'?"
            ),
            ("listen-ip: 127.0.0.1", "x.yaml:1: 'listen-ip' is not a known key; did you mean 'listenIP'?"),
            (
                "tls: {certificate: a, key: b, cert: c}",
                "x.yaml:1: 'tls.cert' is not a known key; did you mean 'tls.certificate'?"
            ),
            (
                "nodes:\n- name: a\n- nmae: b\n  name: c",
                "x.yaml:3: 'nodes[1].nmae' is not a known key; did you mean 'nodes[1].name'?"
            ),
            ("colour: red", "x.yaml:1: 'colour' is not a known key; known here: \(topLevelKeys)"),
            ("? [a]\n: b", "x.yaml:1: '[…]' is not a known key; known here: \(topLevelKeys)"),
            ("load: {minuets: 2}", "x.yaml:1: 'load.minuets' is not a known key; did you mean 'load.minutes'?"),
            ("clients: {size: 2}", "x.yaml:1: 'clients.size' is not a known key; known here: count, cipher"),
            ("name: a\nseed: 1\nseed: 2", "x.yaml:2: 'seed' is given more than once; keep one"),
        ])
    func keys(yaml: String, expected: String) {
        #expect(message(yaml) == expected)
    }

    @Test(
        "A value of the wrong shape is told from an absent one, and the right shape is shown",
        arguments: [
            ("seed:", "x.yaml:1: seed has no value; give a whole number, or remove the key"),
            (
                "ledger:\n  # stake: 5\n",
                "x.yaml:1: ledger has no value; give a mapping such as {blockTime: auto}, or remove the key"
            ),
            ("load: S", "x.yaml:1: load is 'S', not a mapping such as {name: S}"),
            ("load:", "x.yaml:1: load has no value; give a mapping such as {name: S}, or remove the key"),
            ("nodes: 12", "x.yaml:1: nodes is '12', not \(nodesShape)"),
            ("\nmode: [subprocess]", "x.yaml:2: mode is a list, not in-process, subprocess or simulated"),
            ("name: {a: b}", "x.yaml:1: name is a mapping, not a run name such as dev"),
            ("clients: [2]", "x.yaml:1: clients is a list, not a mapping such as {count: 2}"),
            ("nodes:\n- n1", "x.yaml:2: nodes[0] is 'n1', not a mapping such as 'name: n1'"),
            ("nodes:\n- {}", "x.yaml:2: nodes[0].name is missing; give a name such as n1"),
            ("tls:\n  key: k.pem", "x.yaml:2: tls.certificate is missing; give the path of a PEM file"),
            ("tls: {certificate: c.pem}", "x.yaml:1: tls.key is missing; give the path of a PEM file"),
            ("- name: a", "x.yaml:1: the file is a list, not a mapping such as 'nodes: {count: 12}'"),
            ("twelve", "x.yaml:1: the file is 'twelve', not a mapping such as 'nodes: {count: 12}'"),
        ])
    func shapes(yaml: String, expected: String) {
        #expect(message(yaml) == expected)
    }

    @Test(
        "A number outside its range is shown with the range and the default",
        arguments: [
            (
                "nodes:\n  count: 0",
                "x.yaml:2: nodes.count is 0, outside 1–10000; choose one inside, or omit it for the default 12"
            ),
            (
                "nodes: {count: 10001}",
                "x.yaml:1: nodes.count is 10001, outside 1–10000; choose one inside, or omit it for the default 12"
            ),
            (
                "nodes: {count: 99999999999999999999}",
                "x.yaml:1: nodes.count is 99999999999999999999, outside 1–10000; "
                    + "choose one inside, or omit it for the default 12"
            ),
            ("nodes: {count: 12.5}", "x.yaml:1: nodes.count is '12.5', not a whole number of 1–10000"),
            ("nodes: {count: twelve}", "x.yaml:1: nodes.count is 'twelve', not a whole number of 1–10000"),
            ("nodes: {count: +5}", "x.yaml:1: nodes.count is '+5', not a whole number of 1–10000"),
            (
                "nodes: []",
                "x.yaml:1: nodes is a list of 0, outside 1–10000; choose one inside, or omit it for the default 12"
            ),
            (
                "clients: {count: 1}",
                "x.yaml:1: clients.count is 1, outside 2–10000 (2–100000 with mode simulated); "
                    + "choose one inside, or omit it for the default 2"
            ),
            (
                "mode: subprocess\nclients: {count: 10001}",
                "x.yaml:2: clients.count is 10001, outside 2–10000 (2–100000 with mode simulated); "
                    + "choose one inside, or omit it for the default 2"
            ),
            (
                "mode: simulated\nclients: {count: 100001}",
                "x.yaml:2: clients.count is 100001, outside 2–10000 (2–100000 with mode simulated); "
                    + "choose one inside, or omit it for the default 2"
            ),
            (
                "verification: {messages: 0}",
                "x.yaml:1: verification.messages is 0, outside 1–10000; choose one inside, or omit it for the default 20"
            ),
            (
                "verification: {timeout: 86401}",
                "x.yaml:1: verification.timeout is 86401, outside 1–86400 seconds; "
                    + "choose one inside, or omit it for the default 60"
            ),
            (
                "load: {minutes: 0}",
                "x.yaml:1: load.minutes is 0, outside 1–100000 minutes; choose one inside, or omit it for the default 60"
            ),
            (
                "load:\n  minutes: 100001",
                "x.yaml:2: load.minutes is 100001, outside 1–100000 minutes; choose one inside, or omit it for the default 60"
            ),
            (
                "ledger: {rpcPort: 70000}",
                "x.yaml:1: ledger.rpcPort is 70000, outside 0–65535; "
                    + "choose one inside, or omit it for the default 0 (any free port)"
            ),
            (
                "ledger: {stake: 0}",
                "x.yaml:1: ledger.stake is 0, outside 1–1000000000 coins; "
                    + "choose one inside, or omit it for the default 18550 (100 with preset oxen)"
            ),
            (
                "ledger: {stake: lots}",
                "x.yaml:1: ledger.stake is 'lots', not curve or a whole number of 1–1000000000 coins"
            ),
            (
                "ledger: {timeScale: 100001}",
                "x.yaml:1: ledger.timeScale is 100001, outside 1–500 (1–100000 with mode simulated); "
                    + "choose one inside, or omit it for the default 1"
            ),
            (
                "ledger:\n  blocks: {unlock: 0}",
                "x.yaml:2: ledger.blocks.unlock is 0, outside 1–1000000 blocks; choose one inside"
            ),
            (
                "ledger: {supply: 18446744074}",
                "x.yaml:1: ledger.supply is 18446744074, outside 0–18446744073 coins; "
                    + "choose one inside, or omit it for the default 22500000 together with the operators'"
            ),
            (
                "storage: {maximumSize: 1023KiB}",
                "x.yaml:1: storage.maximumSize is 1023KiB, outside 1MiB–1TiB; "
                    + "choose one inside, or omit it for the default 3584MiB"
            ),
            (
                "storage: {maximumSize: 99999999999999999TiB}",
                "x.yaml:1: storage.maximumSize is 99999999999999999TiB, outside 1MiB–1TiB; "
                    + "choose one inside, or omit it for the default 3584MiB"
            ),
            (
                "storage: {maximumSize: 5GB}",
                "x.yaml:1: storage.maximumSize is '5GB', not a whole number of KiB, MiB, GiB or TiB, such as 3584MiB"
            ),
            (
                "storage:\n  statsAccessKeys: [ab]",
                "x.yaml:2: storage.statsAccessKeys[0] is 'ab', not an X25519 key of 64 hex digits"
            ),
            ("seed: -1", "x.yaml:1: seed is -1, outside 0–18446744073709551615; choose one inside"),
            (
                "seed: 18446744073709551616",
                "x.yaml:1: seed is 18446744073709551616, outside 0–18446744073709551615; choose one inside"
            ),
            ("seed: 0x10", "x.yaml:1: seed is '0x10', not a whole number of 0–18446744073709551615"),
            (
                "ledger: {blockTime: 9ms}",
                "x.yaml:1: ledger.blockTime is 9ms, outside 10ms–1h; choose one inside, or omit it for the default auto"
            ),
            (
                "ledger: {blockTime: 61m}",
                "x.yaml:1: ledger.blockTime is 61m, outside 10ms–1h; choose one inside, or omit it for the default auto"
            ),
            (
                "ledger: {blockTime: 9223372036854775807h}",
                "x.yaml:1: ledger.blockTime is 9223372036854775807h, outside 10ms–1h; "
                    + "choose one inside, or omit it for the default auto"
            ),
        ])
    func ranges(yaml: String, expected: String) {
        #expect(message(yaml) == expected)
    }

    @Test(
        "A word that is not allowed is shown with the allowed ones",
        arguments: [
            (
                "mode: inprocess",
                "x.yaml:1: mode is 'inprocess', not one of in-process, subprocess, simulated; did you mean 'in-process'?"
            ),
            ("mode: docker", "x.yaml:1: mode is 'docker', not one of in-process, subprocess, simulated"),
            (
                "mode: simulate",
                "x.yaml:1: mode is 'simulate', not one of in-process, subprocess, simulated; did you mean 'simulated'?"
            ),
            ("crypto: modeled", "x.yaml:1: crypto is 'modeled', not one of real, modelled; did you mean 'modelled'?"),
            (
                "network: {profile: wan}",
                "x.yaml:1: network.profile is 'wan', not one of loopback, lan, internet; did you mean 'lan'?"
            ),
            ("load: {name: XL}", "x.yaml:1: load.name is 'XL', not one of S, L; did you mean 'L'?"),
            ("load: {name: l}", "x.yaml:1: load.name is 'l', not one of S, L; did you mean 'L'?"),
            ("load: {inventory: no}", "x.yaml:1: load.inventory is 'no', not one of true, false"),
            (
                "nodes:\n- name: n1\n- name: ledger",
                "x.yaml:3: nodes[1].name is 'ledger', not a free name: events of the run and of the ledger are "
                    + "recorded under it"
            ),
            (
                "nodes: [{name: testnet}]",
                "x.yaml:1: nodes[0].name is 'testnet', not a free name: events of the run and of the ledger are "
                    + "recorded under it"
            ),
            (
                "nodes: [{name: 'client:alice'}]",
                "x.yaml:1: nodes[0].name is 'client:alice', not 1–32 of a–z, 0–9 and '-', not starting with '-'"
            ),
            (
                "ledger: {hardFork: 19}",
                "x.yaml:1: ledger.hardFork is '19', not a hard fork and its revision, such as 19.4"
            ),
            (
                "ledger: {hardFork: 19.-4}",
                "x.yaml:1: ledger.hardFork is '19.-4', not a hard fork and its revision, such as 19.4"
            ),
            ("network: {mischief: often}", "x.yaml:1: network.mischief is 'often', not one of none, rare"),
            (
                "clients: {cipher: aes-cbc}",
                "x.yaml:1: clients.cipher is 'aes-cbc', not one of aes-gcm, xchacha20"
            ),
            (
                "clients: {cipher: xchacha}",
                "x.yaml:1: clients.cipher is 'xchacha', not one of aes-gcm, xchacha20; did you mean 'xchacha20'?"
            ),
            ("clients: {cipher: rot13}", "x.yaml:1: clients.cipher is 'rot13', not one of aes-gcm, xchacha20"),
            (
                "ledger: {blockTime: 5}",
                "x.yaml:1: ledger.blockTime is '5', not auto, preset or a duration such as 500ms, 2s or 1m"
            ),
            (
                "ledger: {blockTime: fast}",
                "x.yaml:1: ledger.blockTime is 'fast', not auto, preset or a duration such as 500ms, 2s or 1m"
            ),
            (
                "ledger: {preset: oxn}",
                "x.yaml:1: ledger.preset is 'oxn', not one of whitepaper-2020, oxen; did you mean 'oxen'?"
            ),
            (
                "ledger: {swarmPolicy: paper}",
                "x.yaml:1: ledger.swarmPolicy is 'paper', not one of whitepaper, oxen"
            ),
            (
                "ledger: {testing: {small: true}}",
                "x.yaml:1: 'ledger.testing.small' is not a known key; did you mean 'ledger.testing.smallNetworks'?"
            ),
            (
                "ledger: {blocks: {lock: 3}}",
                "x.yaml:1: 'ledger.blocks.lock' is not a known key; did you mean 'ledger.blocks.unlock'?"
            ),
            ("listenIP: 127.0.0", "x.yaml:1: listenIP is '127.0.0', not an IPv4 address such as 127.0.0.1"),
            ("listenIP: 127.0.0.256", "x.yaml:1: listenIP is '127.0.0.256', not an IPv4 address such as 127.0.0.1"),
            ("name: Dev", "x.yaml:1: name is 'Dev', not 1–32 of a–z, 0–9 and '-', not starting with '-'"),
            ("name: ../up", "x.yaml:1: name is '../up', not 1–32 of a–z, 0–9 and '-', not starting with '-'"),
            ("name: ''", "x.yaml:1: name is '', not 1–32 of a–z, 0–9 and '-', not starting with '-'"),
            ("name: -x", "x.yaml:1: name is '-x', not 1–32 of a–z, 0–9 and '-', not starting with '-'"),
            (
                "name: aaaaaaaaaabbbbbbbbbbccccccccccddd",
                "x.yaml:1: name is 'aaaaaaaaaabbbbbbbbbbccccccccccddd', "
                    + "not 1–32 of a–z, 0–9 and '-', not starting with '-'"
            ),
            ("name: latest", "x.yaml:1: name is 'latest', not a free name: logs/latest leads to the last run"),
            ("tls: {certificate: '', key: k}", "x.yaml:1: tls.certificate is '', not the path of a PEM file"),
            (
                "nodes:\n- name: a\n- name: b\n- name: a",
                "x.yaml:4: nodes[2].name is 'a', the name of nodes[0] already; names must differ"
            ),
        ])
    func words(yaml: String, expected: String) {
        #expect(message(yaml) == expected)
    }

    @Test(
        "Text that is not YAML is reported at its line",
        arguments: [
            ("name: a\nmode: [in-process\nseed: 1", "x.yaml:3: "),
            ("name: a\n\tmode: b", "x.yaml:2: "),
            ("name: a\n---\nname: b", "x.yaml:2: "),
            ("name: a\nmode: \u{1}", "x.yaml:2: "),
            ("seed: *nowhere", "x.yaml:1: "),
        ])
    func syntax(yaml: String, place: String) throws {
        let text = try #require(message(yaml))
        #expect(text.hasPrefix(place + "not valid YAML: "), "\(text)")
        #expect(!text.contains("\n"))
    }

    @Test("All errors of a file come at once, in order of line")
    func allAtOnce() {
        let yaml = """
            tls: {key: k.pem}
            mode: subproces
            nodes:
              count: 0
            sed: 1
            ledger:
              rpcPort: x
            """
        #expect(
            message(yaml) == """
                x.yaml:1: tls.certificate is missing; give the path of a PEM file
                x.yaml:2: mode is 'subproces', not one of in-process, subprocess, simulated; did you mean 'subprocess'?
                x.yaml:4: nodes.count is 0, outside 1–10000; choose one inside, or omit it for the default 12
                x.yaml:5: 'sed' is not a known key; did you mean 'seed'?
                x.yaml:7: ledger.rpcPort is 'x', not a whole number of 0–65535
                """)
    }

    @Test(
        "Values that contradict one another are reported where they stand, and both sides are told",
        arguments: [
            (
                "mode: subprocess\ncrypto: modelled",
                "x.yaml:2: crypto is 'modelled', which needs mode simulated, and the mode is subprocess; "
                    + "change the mode, or give real"
            ),
            (
                "mode: subprocess\nledger:\n  timeScale: 501",
                "x.yaml:3: ledger.timeScale is 501, outside 1–500 (1–100000 with mode simulated); "
                    + "choose one inside, or omit it for the default 1"
            ),
            (
                "nodes: {count: 100}\nledger: {stake: 1000000000}",
                "x.yaml:2: ledger.stake is 1000000000 coins, for 100 nodes and as many for the treasury more than "
                    + "the 18446744073 coins a ledger can have; choose fewer"
            ),
            (
                "ledger:\n  stake: 1000\n  supply: 18446744073",
                "x.yaml:2: ledger.stake is 1000 coins, for 12 nodes and a supply of 18446744073 more than "
                    + "the 18446744073 coins a ledger can have; choose fewer"
            ),
            (
                "mode: subprocess\nnetwork:\n  mischief: none\n  profile: internet",
                """
                x.yaml:3: network.mischief is 'none', which needs mode simulated, and the mode is subprocess; \
                change the mode, or give rare
                x.yaml:4: network.profile is 'internet', which needs mode simulated, and the mode is subprocess; \
                change the mode, or give lan
                """
            ),
            (
                "verification: {kill: n13}",
                "x.yaml:1: verification.kill is 'n13', which is no node; the nodes are n1 to n12"
            ),
            (
                "nodes: [{name: alpha}, {name: beta}]\nverification:\n  kill: aplha",
                "x.yaml:3: verification.kill is 'aplha', which is no node; did you mean 'alpha'?"
            ),
            (
                "verification: {kill: x}\ncrypto: modelled",
                """
                x.yaml:1: verification.kill is 'x', which is no node; the nodes are n1 to n12
                x.yaml:2: crypto is 'modelled', which needs mode simulated, and the mode is in-process; \
                change the mode, or give real
                """
            ),
        ])
    func contradictions(yaml: String, expected: String) {
        #expect(message(yaml) == expected)
    }

    @Test("A flag that contradicts the file is the one that is named, if its value is the wrong one")
    func contradictingFlags() {
        let cases: [(String, Topology.Override, String, String, String)] = [
            (
                "verification: {kill: n3}", .kill, "n99", "--kill",
                "--kill is 'n99', which is no node; the nodes are n1 to n12"
            ),
            (
                "mode: simulated\ncrypto: modelled", .mode, "in-process", "--mode",
                "x.yaml:2: crypto is 'modelled', which needs mode simulated, and the mode is in-process; "
                    + "change the mode, or give real"
            ),
            (
                "mode: in-process", .profile, "loopback", "--network",
                "--network is 'loopback', which needs mode simulated, and the mode is in-process; "
                    + "change the mode, or give lan"
            ),
            (
                "verification:\n  kill: n9", .nodeCount, "8", "--nodes",
                "x.yaml:2: verification.kill is 'n9', which is no node; the nodes are n1 to n8"
            ),
        ]
        for (yaml, field, text, flag, expected) in cases {
            #expect(message(yaml, flags: [Topology.Flag(field, text, name: flag)]) == expected)
        }
    }

    @Test("What is wrong with flags is told with what is wrong with the file")
    func flagsAndFile() {
        let flags = [Topology.Flag(.nodeCount, "x", name: "--nodes"), Topology.Flag(.seed, "-", name: "--seed")]
        #expect(
            message("sed: 1", flags: flags) == """
                x.yaml:1: 'sed' is not a known key; did you mean 'seed'?
                --nodes is 'x', not a whole number of 1–10000
                --seed is '-', not a whole number of 0–18446744073709551615
                """)
    }

    @Test("A flag's error begins with the flag")
    func flags() {
        let cases: [(Topology.Override, String, String, String)] = [
            (
                .nodeCount, "0", "--nodes",
                "--nodes is 0, outside 1–10000; choose one inside, or omit it for the default 12"
            ),
            (
                .mode, "sub", "--mode",
                "--mode is 'sub', not one of in-process, subprocess, simulated; did you mean 'subprocess'?"
            ),
            (.load, "M", "--load", "--load is 'M', not one of S, L; did you mean 'S'?"),
            (
                .minutes, "0", "--minutes",
                "--minutes is 0, outside 1–100000 minutes; choose one inside, or omit it for the default 60"
            ),
            (.crypto, "fake", "--crypto", "--crypto is 'fake', not one of real, modelled"),
            (
                .messages, "0", "--messages",
                "--messages is 0, outside 1–10000; choose one inside, or omit it for the default 20"
            ),
            (
                .profile, "internett", "--network",
                "--network is 'internett', not one of loopback, lan, internet; did you mean 'internet'?"
            ),
            (.seed, "x", "--seed", "--seed is 'x', not a whole number of 0–18446744073709551615"),
            (.name, "A", "--name", "--name is 'A', not 1–32 of a–z, 0–9 and '-', not starting with '-'"),
            (.listenIP, "::1", "--listen-ip", "--listen-ip is '::1', not an IPv4 address such as 127.0.0.1"),
        ]
        for (field, text, flag, expected) in cases {
            do throws(TopologyErrors) {
                _ = try Topology(flags: [Topology.Flag(field, text, name: flag)])
                Issue.record("\(flag) \(text) was accepted")
            } catch {
                #expect(error.description == expected)
            }
        }
    }
}
