/// Targets whose code must run the same under virtual time and seeded chance.
private let virtualTimeModules: Set<String> = [
    "SessionProtocol", "NodeRuntime", "SessionCrypto", "Swarms", "Faults", "Storage", "Ledger", "ServiceNode",
    "SessionClient", "Simulation", "Verdicts", "Orchestrator", "Scenarios", "StakeEconomics",
]
/// Their parts that only real networks use.
private let liveOnly = [
    "Sources/Orchestrator/Live/", "Sources/Orchestrator/Control/", "Sources/Orchestrator/Run/LogReader",
]

extension Rule {
    /// A stray task leaves the simulation's executor, a real clock or real chance makes a run that no seed repeats.
    static let virtualTime = Rule(
        "what runs in a simulation takes time, chance and tasks only from its environment",
        in: { file in
            file.isSwift && virtualTimeModules.contains(file.module ?? "")
                && !liveOnly.contains { file.path.hasPrefix($0) }
        },
        near: [
            "Task", "Date", "Clock", "Dispatch", "MainActor", "UUID", "clock_gettime", "gettimeofday", "time(nil)",
            "hread",
            "random", "Random", "seal", "shuffle", "_keypair", "keygen",
            "RAND_", "getentropy",
        ],
        lines: { file, line in
            // The type of a task is no task.
            let code = file.code[line].replacing(/->\s*Task<[^{]*>/, with: "")
            // The simulation's own executor is the one that may start tasks.
            if code.has(/\bTask\s*(<[^>]*>)?\s*[({]/)
                && !(file.module == "Simulation" && code.contains("Task(executorPreference: self)"))
            {
                return true
            }
            if code.has(/\bTask\.(detached|sleep|init|immediate\w*)\b/) { return true }
            if code.has(/\b((Date|UUID)(\.init)?\(|Date\.now|ContinuousClock|SuspendingClock|Dispatch|MainActor)/) {
                return true
            }
            if code.has(/\b(clock_gettime|gettimeofday|time\(nil\)|Thread\b|pthread_)/) { return true }
            if code.has(/SystemRandomNumberGenerator|\brandombytes|arc4random|\bcrypto_box_seal\(/) { return true }
            if code.has(/\b(RAND_\w*bytes|getrandom|getentropy)\(|\bEVP_PKEY_(Q_)?keygen\b/) { return true }
            if code.has(/\.shuffled?\(\)|\.randomElement\(\)|\.random\(\)/) { return true }
            // libsodium draws from the system for keys, nonces and sealed boxes unless it is given a seed.
            if code.replacing("_seed_keypair(", with: "").has(/_keypair\(/) { return true }
            if code.has(/\bcrypto_\w+_(keygen|scalar_random|random)\(/) { return true }
            // The call may be broken over two lines.
            guard code.has(/\.random\(in:/) else { return false }
            let next = line + 1 < file.code.count ? file.code[line + 1] : ""
            return !(code + next).contains("using:")
        })
}
