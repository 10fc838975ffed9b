import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet env`: what a client must be told to use this network.
struct Env: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what points a client at a running network.",
        discussion: "Example: eval \"$(testnet env)\"")

    @OptionGroup var run: RunArgument

    func run() async throws {
        try await Failure.reporting(json: run.json) {
            let session = try run.session().control
            let status = try await session.get("/status")
            let seedURL = status["ledger"]?["rpcURL"]?.asString ?? ""
            let guardNode = status["nodes"]?.asArray?.first { $0["state"]?.asString == "running" }
            let variables: [(String, JSON)] = [
                ("LOCAL_DEVNET_SEED_URL", .string(seedURL)),
                ("DEVNET_SEED_URL", .string(seedURL)),
                ("TESTNET_LEDGER_OMQ", status["ledger"]?["omqAddress"] ?? .null),
                ("TESTNET_LEDGER_OMQ_PUBKEY", status["ledger"]?["omqPubkey"] ?? .null),
                ("DEVNET_PUBKEY", guardNode?["pubkeyEd25519"] ?? .null),
                ("DEVNET_IP", guardNode?["ip"] ?? .null),
                ("DEVNET_HTTP_PORT", guardNode?["httpsPort"] ?? .null),
                ("DEVNET_OMQ_PORT", guardNode?["omqPort"] ?? .null),
                ("TESTNET_RUN", .string(session.directory.name)),
                ("TESTNET_MODE", status["mode"] ?? .null),
                ("TESTNET_SEED", status["seed"] ?? .null),
            ]
            if run.json {
                Console.line(JSON.object(Dictionary(uniqueKeysWithValues: variables)).text)
            } else {
                for (name, value) in variables { Console.line("export \(name)=\(value.asString ?? value.text)") }
            }
        }
    }
}
