import Foundation
import SessionProtocol
import Swarms
import Testing

@Suite struct OracleTests {
    @Test("The independent implementation agrees on 200 random blocks")
    func differential() throws {
        let blocks = randomBlocks(perShape: 40)
        #expect(blocks.count == 200)
        let answers = try askOracle(about: blocks)
        try #require(answers.count == blocks.count)
        for (block, answer) in zip(blocks, answers) {
            #expect(block.outcome.assignment == (try answer.assignment("after")))
            #expect(answer["draws"]?.asInteger == Int64(block.outcome.draws))
        }
    }

    /// Every third block of longer histories, so that grown and shrunken networks are among them.
    private func randomBlocks(perShape: Int) -> [RandomHistory.Block] {
        RandomHistory.Shape.allCases.flatMap { shape in
            var history = RandomHistory(shape, seed: 20_200)
            let all = (0..<perShape * 3).map { _ in history.next() }
            return all.enumerated().filter { $0.offset % 3 == 2 }.map(\.element)
        }
    }

    private func askOracle(about blocks: [RandomHistory.Block]) throws -> [JSON] {
        let cases = JSON.array(
            blocks.map { block in
                [
                    "before": .object(
                        Dictionary(
                            uniqueKeysWithValues: block.before.swarms.map { id, members in
                                (String(id.rawValue), JSON.array(members.map { .string($0) }))
                            })),
                    "joiners": .array(block.joiners.map { .string($0) }),
                    "block_hash": .string(Hex.encode(block.hash)),
                ]
            })
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("swarm-oracle-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // Left-overs in /tmp do no harm.
        let questions = folder.appendingPathComponent("cases.json")
        let answers = folder.appendingPathComponent("answers.json")
        try Data(cases.utf8).write(to: questions)
        let script = try #require(
            Bundle.module.url(forResource: "answer_cases", withExtension: "py", subdirectory: "Oracle"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-B", script.path, questions.path, answers.path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus != 127, "python3 is missing: run `make setup`")
        try #require(process.terminationStatus == 0, "the oracle failed; its message is above")
        return try #require(try JSON(parsing: Bytes(Data(contentsOf: answers))).asArray)
    }
}
