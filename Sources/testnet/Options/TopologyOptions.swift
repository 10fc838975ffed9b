import ArgumentParser
import Foundation
import Orchestrator
import SessionProtocol
import Sockets

/// Which network to start: a topology file, and flags that override it. Flags obey the rules of the file.
struct TopologyOptions<Verb: NetworkVerb>: ParsableArguments {
    @Argument(help: "Topology file; - reads standard input. Default: 12 nodes.") var topology: String?
    @Option(parsing: .unconditional, help: "How many nodes, n1 to nN, 1-10000.") var nodes: String?
    @Option(
        help: Verb.simulates
            ? "How nodes run: in-process, subprocess or simulated. Default: \(Verb.defaultMode)."
            : "How nodes run: in-process or subprocess. Default: \(Verb.defaultMode).")
    var mode: String?
    @Option(
        help: ArgumentHelp(
            "Cryptography: real, or modelled for large simulations.", visibility: Verb.simulates ? .default : .hidden))
    var crypto: String?
    @Option(
        parsing: .unconditional,
        help: "Seed of every key and choice. Default: a new one, printed first so that the run can be repeated.")
    var seed: String?
    @Option(
        help: "One address for every listener, for clients on other machines. Default: an address of its own a node.")
    var listenIP: String?
    @Option(parsing: .unconditional, help: "The ledger's HTTP port, 0-65535. Default: any free one.")
    var rpcPort: String?
    @Option(help: "Staking and reward rules: whitepaper-2020 or oxen. Default: whitepaper-2020.") var preset: String?
    @Option(help: "How nodes are put into swarms: whitepaper or oxen. Default: whitepaper.") var swarmPolicy: String?
    @Option(
        parsing: .unconditional,
        help: Verb.simulates
            ? "How many times faster than real the ledger's time goes: 1 to 500, simulated up to 100000."
            : "How many times faster than real the ledger's time goes: 1 to 500.")
    var timeScale: String?
    @Option(
        parsing: .unconditional,
        help: "When blocks are made: auto, preset (120 s divided by the time scale), or a duration such as 2s.")
    var blockTime: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How long the network may take to become ready, counted from the start of this process: seconds, 1-86400"
                + (Verb.simulates ? ", virtual ones when simulated" : "")
                + ", and with blocks at the preset's times three of them longer. Default: 60."))
    var timeout: String?
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
            (.timeout, timeout, "--timeout"),
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
        let source = self.topology ?? ""
        try HostChecks(
            address: listenIP == nil ? "\(source): listenIP" : "--listen-ip",
            certificate: tlsCert == nil ? "\(source): tls" : "--tls-cert and --tls-key"
        ).check(topology)
        // 53 bits: a seed that every JSON reader keeps exact.
        let seed = topology.seed ?? LiveRandomness().next() >> 11
        return NetworkSettings(topology, seed: seed, name: topology.name, logs: logs)
    }
}

extension NetworkSettings {
    /// A topology to be run by this very program.
    init(_ topology: Topology, seed: UInt64, name: String, logs: String) {
        var topology = topology
        topology.seed = seed
        topology.name = name
        self.init(
            topology: topology, seed: seed, directory: RunDirectory(name: name, parent: logs),
            executable: NetworkSettings.thisProgram)
        isWholeProcess = true
    }
}

/// What a topology asks of this machine and cannot be seen in its text: whoever gave it is told before anything starts.
struct HostChecks {
    /// Where the address was given, and where the certificate.
    let address: String
    let certificate: String

    /// - Throws: `TopologyErrors`
    func check(_ topology: Topology) throws(TopologyErrors) {
        // A simulation uses neither.
        guard topology.mode != .simulated else { return }
        if let wanted = topology.listenIP, !OwnAddresses.contains(wanted) {
            let own = OwnAddresses.all.map(\.description).joined(separator: ", ")
            let expected = "an address of this machine" + (own.isEmpty ? "" : ", which has \(own)")
            throw error(at: address, field: "listenIP", .malformed(value: "\(wanted)", expected: expected))
        }
        guard let tls = topology.tls else { return }
        do {
            try TLSIdentity(certificateFile: tls.certificate, keyFile: tls.key).check()
        } catch let fault {
            throw error(at: certificate, .unreadable(problem: "\(fault)"))
        }
    }

    /// - Parameter field: what the place holds a value of; empty when what is wrong is not the value itself.
    private func error(at place: String, field: String = "", _ reason: TopologyError.Reason) -> TopologyErrors {
        TopologyErrors(errors: [TopologyError(source: place, line: nil, field: field, reason: reason)])
    }
}
