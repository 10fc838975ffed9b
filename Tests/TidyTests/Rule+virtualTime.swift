/// Targets whose code must run the same under virtual time and seeded chance.
private let virtualTimeModules: Set<String> = [
    "SessionProtocol", "NodeRuntime", "SessionCrypto", "Swarms", "Storage", "Ledger", "ServiceNode", "SessionClient",
]

extension Rule {
    /// A stray task leaves the simulation's executor, a real clock or real chance makes a run that no seed repeats.
    static let virtualTime = Rule(
        "node code takes time, chance and tasks only from its environment",
        in: { $0.isSwift && virtualTimeModules.contains($0.module ?? "") },
        near: [
            "Task", "Date", "Clock", "Dispatch", "MainActor", "UUID", "clock_gettime", "gettimeofday", "time(nil)",
            "hread",
            "random", "Random", "seal", "shuffle", "_keypair",
        ],
        lines: { file, line in
            let code = file.code[line]
            if code.has(/\bTask(\s*<[^>]*>)?\s*(\([^)]*\)\s*)?\{/)
                || code.has(/\bTask\.(detached|sleep|init)\b/)
            {
                return true
            }
            if code.has(/\b(Date\(|Date\.now|ContinuousClock|SuspendingClock|Dispatch|MainActor|UUID\()/) {
                return true
            }
            if code.has(/\b(clock_gettime|gettimeofday|time\(nil\)|Thread\b|pthread_)/) { return true }
            if code.has(/SystemRandomNumberGenerator|\brandombytes|arc4random|\bcrypto_box_seal\(/) { return true }
            if code.has(/\.shuffled?\(\)|\.randomElement\(\)|\.random\(\)/) { return true }
            if code.has(/_keypair\(/), !code.has(/_seed_keypair\(/) { return true }
            // The call may be broken over two lines.
            guard code.has(/\.random\(in:/) else { return false }
            let next = line + 1 < file.code.count ? file.code[line + 1] : ""
            return !(code + next).contains("using:")
        })
}
