import ArgumentParser
import Orchestrator
import SessionProtocol

extension Node {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add nodes to a running network: each is registered with a stake from the treasury, and started.",
            discussion: "Example: testnet node add --count 3")

        @Argument(help: "Names, new ones or those of nodes that left.") var nodes: [String] = []
        @Option(
            parsing: .unconditional, help: "How many, with the next free names; 1-10000.",
            transform: NumberFlag.whole(1...10_000, "nodes"))
        var count: UInt64?
        @OptionGroup var run: RunOptions

        func validate() throws {
            guard nodes.isEmpty != (count == nil) else { throw ValidationError("give either names or --count") }
        }

        func run() async throws {
            let fields: JSON = count.map { ["count": .uint($0)] } ?? ["nodes": .array(nodes.map(JSON.string))]
            try await NodeMembership(run: run).post("add", fields)
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take nodes out of a running network.",
            discussion: """
                With unlock a node asks for its stake back, the ledger is advanced until it is gone, and it hands its \
                messages over before it ends. With crash it just ends, and its peers find out.
                Example: testnet node remove n3 n4
                """)

        @Argument(help: "Names such as n3.") var nodes: [String]
        @Option(help: "How they leave: unlock or crash.") var leaving = Departure.unlock
        @OptionGroup var run: RunOptions

        func run() async throws {
            try await NodeMembership(run: run).post(
                "remove", ["nodes": .array(nodes.map(JSON.string)), "leaving": .string(leaving.rawValue)])
        }
    }
}

extension Departure: ExpressibleByArgument {}

/// What adding and removing nodes share.
private struct NodeMembership {
    let run: RunOptions

    func post(_ action: String, _ fields: JSON) async throws {
        try await Failure.reporting(json: run.json) {
            // The network itself gives up when it gets nowhere; a full disk takes long to hand over.
            let answer = try await run.session().post("/nodes/\(action)", fields, timeout: .seconds(86_400))
            Console.line(run.json ? answer.text : NodeChangeLines(answer).lines.joined(separator: "\n"))
        }
    }
}
