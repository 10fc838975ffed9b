import ArgumentParser
import Foundation

/// The command line. One verb a file.
@main
struct TestnetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "testnet",
        abstract: "Runs a whole Session service node network on this machine, and proves what it delivered.",
        version: Release.version,
        subcommands: [
            Up.self, Down.self, Ps.self, Status.self, Verify.self, Bench.self, Replay.self, Node.self, LedgerVerbs.self,
            SwarmsVerb.self, Logs.self, Env.self,
        ])
}

extension TestnetCommand {
    /// The command line's way in: a pipe that closes is an error to see, not a signal to die of.
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        // So is a file that may not grow any more.
        signal(SIGXFSZ, SIG_IGN)
        // Otherwise the next file or socket that opens would take a closed one's number, and get what is printed.
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDWR)
        }
        if let complaint = CommandLineRules.complaint(about: Array(CommandLine.arguments.dropFirst())) {
            Console.error(complaint)
            Foundation.exit(Failure.usage)
        }
        await main(nil)
    }
}

/// What this build is. What it was built from is written at every build (Plugins/SourceHash).
enum Release {
    static let number = "0.3.1"
    /// The release and a hash of the sources: `0.2.0+3f9a1c27be04`. Together with topology and seed it determines a
    /// simulated run.
    static let version = "\(number)+\(sources)"
}
