import Testing

/// A text that breaks a rule on its last line, or keeps it.
struct Planted: Sendable, CustomTestStringConvertible {
    var rule: Rule
    var path: String
    var text: String
    var offends: Bool
    var testDescription: String { "\(path): \(text.suffix(60))" }
}

/// Every rule finds what it is for, so that none can pass by looking away.
struct PlantedOffenceTests {
    private static func planted(
        _ rule: Rule, at path: String, breaking: [String], keeping: [String]
    ) -> [Planted] {
        breaking.map { Planted(rule: rule, path: path, text: $0, offends: true) }
            + keeping.map { Planted(rule: rule, path: path, text: $0, offends: false) }
    }

    private static let node = "Sources/Ledger/Chain/Block.swift"
    private static let sockets = "Sources/Sockets/Link.swift"
    private static let test = "Tests/LedgerTests/BlockTests.swift"

    static let virtualTime = planted(
        .virtualTime, at: node,
        breaking: [
            "Task { await x() }", "Task{", "Task(priority: .high) {", "let t = Task<Void, Never> {", "Task.detached {",
            "try await Task.sleep(for: .seconds(1))", "let now = Date()", "Date.now", "ContinuousClock().now",
            "SuspendingClock()", "DispatchTime.now()", "import Dispatch", "DispatchQueue.main", "Thread.current",
            "Foundation.Thread.current",
            "_Concurrency.Task.detached {",
            "@MainActor func f() {}", "clock_gettime(CLOCK_REALTIME, &t)", "var g = SystemRandomNumberGenerator()",
            "Int.random(in: 0..<9)", "a.shuffled()", "a.shuffle()", "a.randomElement()", "UUID()",
            "randombytes_buf(p, 9)",
            "crypto_box_seal(a, b, c, d)", "crypto_sign_keypair(p, s)", "crypto_secretbox_keygen(k)",
            "crypto_core_ed25519_scalar_random(s)", "crypto_core_ed25519_random(p)",
            "Task(executorPreference: self) { await x() }", "Task(operation: run)", "Task(",
            "Task(priority: .init(rawValue: 1)) {", "Task.immediate { }", "Task.immediateDetached { }", "Date.init()",
            "UUID.init()", "RAND_bytes(p, 9)", "RAND_priv_bytes(p, 9)", "getrandom(p, 9, 0)", "getentropy(p, 9)",
            "EVP_PKEY_Q_keygen(c, nil, t)", "EVP_PKEY_keygen(c, &key)",
            "crypto_sign_seed_keypair(p, s, seed); crypto_sign_keypair(p, s)", "pthread_create(&t, nil, f, nil)",
            "gettimeofday(&t, nil)", "time(nil)", "arc4random()", "let text = \"at \\(Date()) sharp\"",
        ],
        keeping: [
            "group.addTask { 1 }", "Task.isCancelled", "try Task.checkCancellation()", "// no Task { here",
            "let text = \"Task { Date() }\"", "/* Date() */", "/* a /* b */ Date() */", "let d = #\"Date()\"#",
            "Int.random(in: 0..<9, using: &chance)", "Int.random(in: 0..<9,\n    using: &chance)",
            "a.shuffled(using: &g)",
            "crypto_sign_seed_keypair(p, s, seed)", "struct OMQDispatch {}", "ThreadedList()", "let updateDate = 1",
        ])

    /// The parts of a module that only real networks use may do what its other parts may not.
    static let liveParts =
        planted(
            .virtualTime, at: "Sources/Orchestrator/Network/Testnet.swift",
            breaking: ["Task { await x() }", "LiveClock(); Date()"],
            keeping: ["world.spawn { await x() }", "func f() -> Task<Void, any Error> { world.spawn { } }"])
        + planted(
            .virtualTime, at: "Sources/Orchestrator/Live/ChildProcesses.swift", breaking: [],
            keeping: ["Task { await x() }", "Thread { run() }"])
        + planted(
            .virtualTime, at: "Sources/Simulation/VirtualTime/VirtualExecutor.swift",
            breaking: ["Task { await x() }", "Task(executorPreference: other) { await x() }"],
            keeping: ["Task(executorPreference: self) { await x() }"])

    static let honesty =
        planted(
            .unfinished, at: node,
            breaking: ["// TODO: later", "/// FIXME", "let XXX = 1", "/* HACK */"],
            keeping: ["let text = \"TODO\"", "// hackneyed"])
        + planted(
            .switchedOff, at: test,
            breaking: ["@Test(\"a b\", .disabled(\"why\"))", "withKnownIssue { }"], keeping: ["// .disabled("])
        + planted(
            .sleeps, at: test,
            breaking: ["try await Task.sleep(for: x)", "usleep(5)", "Thread.sleep(forTimeInterval: 1)", "sleep(1)"],
            keeping: ["try await clock.sleep(until: x)", "func sleep(until time: Int) {}"])
        + planted(
            .wallLimits, at: test, breaking: ["@Suite(.timeLimit(.minutes(1))) struct A {"],
            keeping: ["@Suite(.workLimit(minutes: 1)) struct A {"])
        + planted(
            .forcedTry, at: test, breaking: ["let a = try! b()"], keeping: ["let a = try b()", "// try!", "\"try!\""])
        + planted(
            .swallowedErrors, at: node, breaking: ["let a = try? b()", "// why\n\nlet a = try? b()"],
            keeping: ["let a = try? b()  // b fails when closed", "// b fails when closed\nlet a = try? b()"])
        + planted(
            .uncheckedSharing, at: node,
            breaking: ["// why\nfinal class A: @unchecked Sendable {}", "// why\nnonisolated(unsafe) var a = 1"],
            keeping: ["struct A: Sendable {}"])
        + planted(
            .uncheckedSharing, at: sockets, breaking: ["final class A: @unchecked Sendable {}"],
            keeping: ["// guarded by the poll thread\nfinal class A: @unchecked Sendable {}"])
        + planted(
            .uncheckedSharing, at: "Sources/Simulation/Simulation.swift",
            breaking: ["final class A: @unchecked Sendable {}"],
            keeping: ["// belongs to one thread\nfinal class A: @unchecked Sendable {}"])

    static let names =
        planted(.drawers, at: "Sources/Ledger/BlockUtils.swift", breaking: [""], keeping: [])
        + planted(.drawers, at: "Sources/Common/Block.swift", breaking: [""], keeping: [])
        + planted(.drawers, at: "Sources/Ledger/CommonGround.swift", breaking: [""], keeping: [])
        + planted(.drawers, at: "Sources/testnet/Command/Uncommon.swift", breaking: [], keeping: [""])
        + planted(
            .testNames, at: test,
            breaking: ["@Test func f() {}", "@Test(\"word\") func f() {}", "@Test(arguments: [\"a b\"]) func f() {}"],
            keeping: ["@Test(\"a block has a height\") func f() {}", "@Test(\n    \"a b\",\n    arguments: [1])"])
        + planted(
            .machinePaths, at: "README.md", breaking: ["see /" + "home/me/x", "/" + "work/main", "/" + "Users/me"],
            keeping: ["see logs/latest", "homework/"])

    static let imports =
        planted(
            .imports(ours: TidyTests.ours), at: node,
            breaking: [
                "import NIOCore", "import CSQLite", "@preconcurrency import NIOSSL", "import struct Logging.Logger",
                "internal import Yams", "import Alamofire",
            ],
            keeping: ["import Foundation", "import Storage", "// import NIOCore", "import enum Storage.StorageError"])
        + planted(
            .imports(ours: TidyTests.ours), at: sockets, breaking: ["import CSodium", "import ArgumentParser"],
            keeping: ["import NIOCore", "import CCrypto", "import Logging", "import HummingbirdTLS"])

    @Test(
        "a planted offence is found on its line, and its lawful neighbour is not",
        arguments: virtualTime + liveParts + honesty + names + imports)
    func find(_ sample: Planted) {
        let offences = sample.rule.offences(SourceFile(path: sample.path, text: sample.text))
        #expect(offences.isEmpty == !sample.offends)
        guard let line = offences.first?.line else { return }
        let lastLine = sample.text.contains("\n") ? sample.text.count { $0 == "\n" } + 1 : 1
        #expect(line == lastLine)
    }

    @Test("node rules leave the modules that meet the real world alone")
    func realWorld() {
        #expect(Rule.virtualTime.offences(SourceFile(path: Self.sockets, text: "Task { Date() }")).isEmpty)
    }

    /// Functions of exactly this many lines, in the shapes declarations come in.
    @Test("a function of 60 lines passes and one of 61 is found", arguments: [60, 61])
    func functionSize(_ count: Int) {
        let body = String(repeating: "        x({ 1 })\n", count: count - 2)
        let shapes = [
            "    func f() {\n\(body)    }\n", "    init?(a: [Int] = { [] }()) {\n\(body)    }\n",
            "    func f(\n        a: Int) {\n\(body.dropFirst(17))    }\n",
            "protocol P {\n    func g()\n    var v: Int { get }\n}\nstruct S {\n    subscript(a: Int) -> Int {\n\(body)    }\n}\n",
        ]
        for text in shapes {
            let offences = Rule.functionSize.offences(SourceFile(path: Self.node, text: text))
            #expect(offences.count == (count > 60 ? 1 : 0), "\(text.prefix(40))")
        }
    }

    @Test("many short functions are not one long one")
    func shortFunctions() {
        let text = String(repeating: "    func f() { \"}\" }\n    func g(a: () -> Void = {}) -> Int\n", count: 100)
        #expect(Rule.functionSize.offences(SourceFile(path: Self.node, text: text)).isEmpty)
    }

    @Test("a file of 600 lines passes and one of 601 is found")
    func fileSize() {
        for (count, found) in [(600, 0), (601, 1)] {
            let file = SourceFile(path: Self.node, text: String(repeating: "x\n", count: count))
            #expect(Rule.fileSize.offences(file).count == found)
        }
    }

    @Test("the median is the middle file's, whatever the longest is")
    func median() {
        let files = [1, 500, 3].map { SourceFile(path: Self.node, text: String(repeating: "x\n", count: $0)) }
        #expect(Rule.medianLines(of: files) == 3)
    }
}
