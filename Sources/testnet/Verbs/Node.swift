import ArgumentParser
import Orchestrator
import SessionProtocol

/// `testnet node …`: do something to nodes of a running network. With a plan file instead of a verb it *is* a node; that
/// form is for subprocess networks.
struct Node: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add, remove, kill, pause, resume or restart nodes of a running network.",
        subcommands: [Add.self, Remove.self, Kill.self, Pause.self, Resume.self, Restart.self, RunNode.self])

    struct Kill: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End nodes without warning, as a power cut would.")
        @OptionGroup var action: NodeActionOptions
        func run() async throws { try await action.perform(.kill) }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop nodes from doing anything while their connections stay open.")
        @OptionGroup var action: NodeActionOptions
        func run() async throws { try await action.perform(.pause) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let paused nodes go on.")
        @OptionGroup var action: NodeActionOptions
        func run() async throws { try await action.perform(.resume) }
    }

    struct Restart: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start nodes again on their old ports, ending them first when they run.")
        @OptionGroup var action: NodeActionOptions
        func run() async throws { try await action.perform(.restart) }
    }

    /// What a subprocess network starts for every node.
    struct RunNode: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run", abstract: "Be one node of a subprocess network.", shouldDisplay: false)
        @Argument(help: "The node's plan file.") var plan: String
        func run() async throws {
            try await Failure.reporting(json: false) { try await NodeProcess.run(planFile: plan) }
        }
    }
}

/// Which nodes of which run.
struct NodeActionOptions: ParsableArguments {
    @Argument(help: "Names such as n3.") var nodes: [String]
    @OptionGroup var run: RunOptions

    func perform(_ action: NodeAction) async throws {
        try await Failure.reporting(json: run.json) {
            let answer = try await run.session().post(
                "/nodes/\(action.rawValue)", ["nodes": .array(nodes.map(JSON.string))])
            Console.line(run.json ? answer.text : NodeChangeLines(answer).lines.joined(separator: "\n"))
        }
    }
}
