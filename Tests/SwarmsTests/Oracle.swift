import Foundation
import SessionProtocol
import Swarms
import Testing

/// The independent implementations of both policies, asked by way of files.
enum Oracle {
    /// - Returns: an answer for each question, in order.
    static func answers(to questions: [JSON]) throws -> [JSON] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("swarm-oracle-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // Left-overs in /tmp do no harm.
        let input = folder.appendingPathComponent("cases.json")
        let output = folder.appendingPathComponent("answers.json")
        try Data(JSON.array(questions).utf8).write(to: input)
        let script = try #require(
            Bundle.module.url(forResource: "answer_cases", withExtension: "py", subdirectory: "Oracle"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-B", script.path, input.path, output.path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus != 127, "python3 is missing: run `make setup`")
        try #require(process.terminationStatus == 0, "the oracle failed; its message is above")
        let answers = try #require(try JSON(parsing: Bytes(Data(contentsOf: output))).asArray)
        try #require(answers.count == questions.count)
        return answers
    }

    static func question(_ policy: SwarmPolicy, about block: RandomHistory.Block) -> JSON {
        [
            "policy": .string(policy.rawValue),
            "before": .object(
                Dictionary(
                    uniqueKeysWithValues: block.before.swarms.map { id, members in
                        (String(id.rawValue), JSON.array(members.map { .string($0) }))
                    })),
            "joiners": .array(block.joiners.map { .string($0) }),
            "block_hash": .string(Hex.encode(block.hash)),
        ]
    }
}
