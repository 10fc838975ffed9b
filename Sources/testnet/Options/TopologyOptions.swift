import ArgumentParser
import Foundation
import Orchestrator
import SessionProtocol
import Sockets

/// Which network to start: a topology file, and flags that override it. Flags obey the rules of the file.
struct TopologyOptions: ParsableArguments {
    @Argument(help: "Topology file. Default: 12 nodes.") var topology: String?
    @Option(help: "How many nodes, n1 to nN.") var nodes: String?
    @Option(
        help:
            "How nodes run: in-process, subprocess or simulated; up takes the first two. Default: in-process, for bench simulated."
    )
    var mode: String?
    @Option(help: "Cryptography: real, or modelled for large simulations.") var crypto: String?
    @Option(help: "Seed of every key and choice. Default: a new one, printed first so that the run can be repeated.")
    var seed: String?
    @Option(
        help: "One address for every listener, for clients on other machines. Default: an address of its own a node.")
    var listenIP: String?
    @Option(help: "The ledger's HTTP port. Default: any free one.") var rpcPort: String?
    @Option(help: "Staking and reward rules: whitepaper-2020 or oxen. Default: whitepaper-2020.") var preset: String?
    @Option(help: "How nodes are put into swarms: whitepaper or oxen. Default: whitepaper.") var swarmPolicy: String?
    @Option(help: "How many times faster than real the ledger's time goes: 1 to 500, simulated up to 100000.")
    var timeScale: String?
    @Option(help: "When blocks are made: auto, preset (120 s divided by the time scale), or a duration such as 2s.")
    var blockTime: String?
    @Option(help: "PEM certificate for the nodes' HTTPS, with --tls-key. Default: one made for the run.") var tlsCert:
        String?
    @Option(help: "PEM private key of --tls-cert.") var tlsKey: String?

    /// The file with the flags over it.
    /// - Parameters:
    ///   - name: the run's name; `nil` takes the topology's.
    ///   - logs: the directory that holds all runs.
    ///   - ofVerb: flags that only the verb has.
    ///   - base: what holds where neither the file nor a flag says otherwise.
    func settings(
        name: String?, logs: String, flags ofVerb: [(Topology.Override, String?, String)] = [],
        over base: Topology = Topology()
    ) throws -> NetworkSettings {
        let ofNetwork: [(Topology.Override, String?, String)] = [
            (.nodeCount, nodes, "--nodes"), (.mode, mode, "--mode"), (.crypto, crypto, "--crypto"),
            (.seed, seed, "--seed"), (.listenIP, listenIP, "--listen-ip"), (.rpcPort, rpcPort, "--rpc-port"),
            (.name, name, "--name"), (.preset, preset, "--preset"), (.swarmPolicy, swarmPolicy, "--swarm-policy"),
            (.timeScale, timeScale, "--time-scale"), (.blockTime, blockTime, "--block-time"),
        ]
        let flags = (ofNetwork + ofVerb).compactMap { field, text, flag in
            text.map { Topology.Flag(field, $0, name: flag) }
        }
        var topology =
            if let file = self.topology { try Topology(contentsOf: file, flags: flags, over: base) } else {
                try Topology(flags: flags, over: base)
            }
        switch (tlsCert, tlsKey) {
        case (let certificate?, let key?): topology.tls = Topology.TLSFiles(certificate: certificate, key: key)
        case (nil, nil): break
        default: throw ValidationError("--tls-cert and --tls-key go together")
        }
        // 53 bits: a seed that every JSON reader keeps exact.
        let seed = topology.seed ?? LiveRandomness().next() >> 11
        return try Self.settings(topology, seed: seed, name: topology.name, logs: logs)
    }

    /// A topology to be run by this very program.
    static func settings(_ topology: Topology, seed: UInt64, name: String, logs: String) throws -> NetworkSettings {
        var topology = topology
        topology.seed = seed
        topology.name = name
        return NetworkSettings(
            topology: topology, seed: seed, directory: RunDirectory(name: name, parent: logs),
            executable: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    }
}
