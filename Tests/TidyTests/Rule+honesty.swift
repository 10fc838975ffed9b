extension Rule {
    private static let unfinishedMarks = ["TODO", "FIXME", "XXX", "HACK"]

    static let unfinished = Rule(
        "nothing is left for later", in: { $0.isSwift || $0.path.hasSuffix(".c") || $0.path.hasSuffix(".h") },
        near: unfinishedMarks,
        lines: { file, line in
            let words = (file.code[line] + " " + file.comments[line]).matches(of: /\w+/).map { String($0.output) }
            return words.contains(where: unfinishedMarks.contains)
        })

    static let switchedOff = Rule(
        "no test is switched off or expected to fail",
        // A limit that is run into has to fail something.
        in: { $0.isTest && $0.isSwift && $0.path != "Tests/TimeLimitsTests/WorkLimitTests.swift" },
        near: [".disabled(", "withKnownIssue"],
        lines: { file, line in file.code[line].has(/\.disabled\(|\bwithKnownIssue\b/) })

    static let sleeps = Rule(
        "no test sleeps where it should wait",
        // The trap for real sleeps in a simulation has to be shown one, and a limit is measured in time that passes.
        in: {
            $0.isTest && $0.isSwift
                && !["Tests/SimulationTests/EscapeTests.swift", "Tests/TimeLimits/WorkLimit.swift"].contains($0.path)
        }, near: ["sleep"],
        lines: { file, line in
            let code = file.code[line]
            if code.has(/\b(Task|Thread)\.sleep\b|\b(usleep|nanosleep)\(/) { return true }
            return code.has(/(^|[^.\w])sleep\(/) && !code.has(/\bfunc sleep\(/)
        })

    static let wallLimits = Rule(
        "a test's limit counts its own work, not the clock on the wall", in: { $0.isTest && $0.isSwift },
        near: [".timeLimit"], lines: { file, line in file.code[line].has(/\.timeLimit\(/) })

    static let forcedTry = Rule(
        "no error ends the process", in: \.isSwift, near: ["try"],
        lines: { file, line in file.code[line].has(/\btry!/) })

    static let swallowedErrors = Rule(
        "an error is dropped only with the reason beside it", in: \.isSwift, near: ["try"],
        lines: { file, line in file.code[line].has(/\btry\?/) && !file.isExplained(at: line) })

    static let uncheckedSharing = Rule(
        "shared state is checked by the compiler, but where the reason stands beside it",
        in: \.isSwift,
        near: ["unchecked", "nonisolated"],
        lines: { file, line in
            guard file.code[line].has(/@unchecked\s+Sendable|nonisolated\(unsafe\)/) else { return false }
            // Both own a thread, and tie state to it. A limit cancels the task that it watches.
            let mayShare =
                ["Sockets", "Simulation"].contains(file.module) || file.path == "Tests/TimeLimits/WorkLimit.swift"
            return !mayShare || !file.isExplained(at: line)
        })
}
