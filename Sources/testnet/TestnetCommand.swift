import ArgumentParser

/// The command line. One verb a file.
@main
struct TestnetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "testnet",
        abstract: "Runs a whole Session service node network on this machine, and proves what it delivered.",
        version: Release.version,
        subcommands: [
            Up.self, Down.self, Status.self, Verify.self, Node.self, Logs.self, Env.self,
        ])
}

/// What this build is.
enum Release {
    static let version = "0.1.0"
}
