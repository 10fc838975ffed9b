import ArgumentParser
import Orchestrator
import StakeEconomics
import Swarms
import Testing

@testable import testnet

@Suite struct LedgerVerbParsingTests {
    /// What the command line makes of some words.
    private func parsed<Verb: ParsableCommand>(_ words: String, as verb: Verb.Type = Verb.self) throws -> Verb {
        let command = try TestnetCommand.parseAsRoot(words.split(separator: " ").map(String.init))
        return try #require(command as? Verb, "\(words) is \(type(of: command))")
    }

    @Test("Every verb of the ledger is found by its name, with the run's options")
    func names() throws {
        let verbs: [(String, any ParsableCommand.Type)] = [
            ("show", LedgerShow.self), ("wallets", LedgerWallets.self), ("quorum", LedgerQuorum.self),
            ("register n3", LedgerRegister.self), ("stake n3 --amount 5", LedgerStake.self),
            ("unlock n3", LedgerUnlock.self), ("transfer --to anna --amount 5", LedgerTransfer.self),
            ("name alice --account 05", LedgerName.self), ("decommission n3 n4", LedgerDecommission.self),
            ("recommission n3", LedgerRecommission.self),
            ("deregister n3", LedgerDeregister.self), ("advance --blocks 5", LedgerAdvance.self),
            ("reorg --depth 2", LedgerReorg.self), ("lag n3 --blocks 4", LedgerLag.self),
            ("restart", LedgerRestart.self),
        ]
        for (words, type) in verbs {
            let arguments = ["ledger"] + "\(words) --json --name x".split(separator: " ").map(String.init)
            let command = try TestnetCommand.parseAsRoot(arguments)
            #expect(Swift.type(of: command) == type, "\(words)")
        }
        // All that are offered are in the table, and economics, which needs no run.
        let offered = Set(LedgerVerbs.configuration.subcommands.map { String(describing: $0) })
        #expect(offered == Set(verbs.map { String(describing: $0.1) } + ["LedgerEconomics"]))
    }

    @Test("What a verb is given arrives in its place")
    func values() throws {
        let register: LedgerRegister = try parsed(
            "ledger register n3 --wallet anna --stake 10.5 --fee 2.5 --reserve b=1 --reserve c=2")
        #expect(register.node == "n3" && register.wallet == "anna" && register.stake == "10.5")
        #expect(register.fee == "2.5" && register.reserved == ["b=1", "c=2"])
        let transfer: LedgerTransfer = try parsed("ledger transfer --to anna --amount 3")
        #expect(transfer.from == "treasury" && transfer.to == "anna" && transfer.amount == "3")
        let name: LedgerName = try parsed("ledger name alice --account 05ab --wallet anna --name x")
        #expect(name.text == "alice" && name.account == "05ab" && name.wallet == "anna" && name.run.name == "x")
        let unpaid: LedgerName = try parsed("ledger name alice --account 05ab")
        #expect(unpaid.wallet == "treasury")
        let quorum: LedgerQuorum = try parsed("ledger quorum --height 7")
        #expect(quorum.height == 7)
        let days: LedgerAdvance = try parsed("ledger advance --days 30")
        #expect(days.days == 30 && days.blocks == nil)
        let economics: LedgerEconomics = try parsed(
            "ledger economics --nodes 50 --trials 3 --seed 4 --policy oxen --price 1.5 --preset oxen --shares 10 20")
        let report = try economics.report()
        #expect(report.model.honestNodes == 50 && report.model.price == 1.5 && report.model.stake == 100)
        #expect(report.trials == 3 && report.seed == 4 && report.policy == .oxen)
        #expect(report.rows.map(\.percent) == [10, 20])
    }

    @Test("Nodes are added by name or by number, and leave in good order unless told otherwise")
    func membership() throws {
        let named: Node.Add = try parsed("node add alpha beta")
        #expect(named.nodes == ["alpha", "beta"] && named.count == nil)
        let counted: Node.Add = try parsed("node add --count 3")
        #expect(counted.nodes.isEmpty && counted.count == 3)
        let leaving: Node.Remove = try parsed("node remove n3 n4")
        #expect(leaving.nodes == ["n3", "n4"] && leaving.leaving == .unlock)
        let crashing: Node.Remove = try parsed("node remove n3 --leaving crash")
        #expect(crashing.leaving == .crash)
        let swarms: SwarmsVerb = try parsed("swarms --changes 3")
        #expect(swarms.changes == 3)
    }

    @Test("A verb without other arguments takes the run as a word of its own, or with --name")
    func runs() throws {
        for words in ["status", "swarms", "env", "down", "ledger show", "ledger restart", "ledger advance --blocks 1"] {
            for run in ["dev", "--name dev"] {
                let command = try TestnetCommand.parseAsRoot("\(words) \(run)".split(separator: " ").map(String.init))
                switch command {
                case let status as Status: #expect(status.run.run.name == "dev")
                case let swarms as SwarmsVerb: #expect(swarms.run.run.name == "dev")
                case let env as Env: #expect(env.run.run.name == "dev")
                case let down as Down: #expect(down.runName ?? down.run.name == "dev")
                case let show as LedgerShow: #expect(show.run.run.name == "dev")
                case let restart as LedgerRestart: #expect(restart.run.run.name == "dev")
                case let advance as LedgerAdvance: #expect(advance.run.run.name == "dev")
                default: Issue.record("\(words) is \(type(of: command))")
                }
            }
        }
    }

    @Test(
        "What cannot be meant is refused before anybody is asked",
        arguments: [
            "ledger advance", "ledger advance --blocks 1 --days 1", "ledger advance --blocks -1", "ledger stake n3",
            "ledger register", "ledger name alice", "ledger name --account 05ab", "ledger reorg", "ledger lag n3",
            "ledger decommission", "ledger regster n3",
            "ledger economics --shares 100", "ledger economics --policy paper", "node add", "node add n1 --count 2",
            "node remove", "node remove n3 --leaving quietly", "swarms --changes -1",
            "status dev --name dev", "status a b", "down dev --all", "down --all --name dev", "logs -n -1",
            "logs -n=-1",
        ])
    func refused(words: String) {
        #expect(throws: (any Error).self) {
            try TestnetCommand.parseAsRoot(words.split(separator: " ").map(String.init))
        }
    }
}
