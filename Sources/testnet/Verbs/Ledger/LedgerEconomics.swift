import ArgumentParser
import Foundation
import Orchestrator
import SessionProtocol
import Sockets
import StakeEconomics
import Swarms

/// `testnet ledger economics`: what an attack costs, and what it buys. It needs no network.
struct LedgerEconomics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "economics",
        abstract: "Print what shares of the network cost an attacker, and what they buy: no network is needed.",
        discussion: """
            Networks are drawn at random and put together by the real swarm rules: how often does the attacker hold the \
            majority of some swarm, or all three hops of a path? The price of a coin rises as the attacker buys, and \
            falls after an attack.
            Example: testnet ledger economics --nodes 500 --trials 1000 --seed 7
            """)

    @Option(
        parsing: .unconditional, help: "Honest nodes, 3-1000000. Default: 1000.",
        transform: NumberFlag.whole(3...1_000_000, "nodes"))
    var nodes: Int?
    @Option(
        parsing: .unconditional, help: "Networks drawn for each share, 1-1000000.",
        transform: NumberFlag.whole(1...1_000_000, "networks"))
    var trials = 200
    @Option(
        parsing: .unconditional, help: "Seed of all chance. Default: a new one, printed with the figures.",
        transform: NumberFlag.whole(0...UInt64.max, "as a seed"))
    var seed: UInt64?
    @Option(help: "How nodes are put into swarms: whitepaper or oxen.") var policy = SwarmPolicy.whitepaper
    @Option(
        parsing: .unconditional, help: "Price of a coin in USD before anybody buys. Default: 0.40.",
        transform: NumberFlag.decimal(0.000_001...1_000_000, "USD"))
    var price: Double?
    @Option(
        parsing: .unconditional, help: "Coins that can be bought. Default: 30000000.",
        transform: NumberFlag.whole(1...1_000_000_000_000, "coins"))
    var circulating: Int?
    @Option(
        parsing: .unconditional, help: "How strongly the price answers to scarcity; 0: not at all. Default: 1.",
        transform: NumberFlag.decimal(0...100, "as an exponent"))
    var elasticity: Double?
    @Option(
        parsing: .unconditional, help: "By which share the price falls after an attack, 0 to 1. Default: 0.5.",
        transform: NumberFlag.decimal(0...1, "of the price"))
    var fall: Double?
    @Option(
        parsing: .unconditional,
        help: "Which share of the attacker's stake is destroyed then, 0 to 1. Default: 0.",
        transform: NumberFlag.decimal(0...1, "of the stake"))
    var destroyed: Double?
    @Option(help: "Whose stake a node needs: whitepaper-2020 or oxen.") var preset = Topology.LedgerPreset
        .whitepaper2020
    @Option(
        parsing: .upToNextOption,
        help: "The attacker's shares of all nodes in percent, 0-99: 1,5,10 or 1 5 10. Default: 1,5,10,20,33,50.",
        transform: NumberFlag.percents)
    var shares: [[Int]] = []
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        try await Failure.reporting(json: json) {
            let report = try report()
            Console.line(json ? report.json.text : report.text)
        }
    }

    /// - Throws: ``StakeModelRefusal`` or ``AttackOddsRefusal`` for figures that make no sense.
    func report() throws -> EconomicsReport {
        var model = StakeModel.february2020
        model.stake = preset.stakeCoins
        model.price = price ?? model.price
        model.honestNodes = nodes ?? model.honestNodes
        model.circulating = circulating ?? model.circulating
        model.elasticity = elasticity ?? model.elasticity
        model.fallAfterAttack = fall ?? model.fallAfterAttack
        model.destroyedAfterAttack = destroyed ?? model.destroyedAfterAttack
        // 53 bits: a seed that every JSON reader keeps exact.
        return try EconomicsReport(
            model, policy: policy,
            percents: shares.isEmpty ? EconomicsReport.percents : shares.flatMap { $0 },
            trials: trials, seed: seed ?? LiveRandomness().next() >> 11)
    }
}

extension SwarmPolicy: ExpressibleByArgument {}
extension Topology.LedgerPreset: ExpressibleByArgument {}
