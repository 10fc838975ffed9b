extension Rule {
    /// The only modules that may know a package from outside. A name ending in `*` stands for all that begin so.
    private static let doors: [(package: String, modules: Set<String>)] = [
        ("NIO*", ["Sockets"]), ("Hummingbird*", ["Sockets"]),
        ("CZMQ", ["Sockets"]), ("CSQLite", ["Storage"]), ("CSodium", ["SessionCrypto"]),
        // AES-CBC for one, TLS for the other.
        ("CCrypto", ["SessionCrypto", "Sockets"]),
        ("Yams", ["Orchestrator"]), ("ArgumentParser", ["testnet"]),
        ("Logging", ["Sockets", "Orchestrator", "testnet"]),
        // What an executor must know of the runtime to notice a wait in real time.
        ("_Concurrency", ["Simulation"]),
    ]

    /// The toolchain's own modules.
    private static let toolchain: Set<String> = [
        "Foundation", "Synchronization", "Glibc", "Musl", "Darwin", "Dispatch",
    ]

    /// - Parameter ours: the project's targets, which SwiftPM itself checks.
    static func imports(ours: Set<String>) -> Rule {
        Rule(
            "a package from outside enters through one module", in: { $0.isSwift && $0.module != nil },
            near: ["import"],
            lines: { file, line in
                let pattern = /\s*(?:@?\w+(?:\(\w+\))?\s+)*import\s+(?:\w+\s+)?(\w+)/
                guard let module = file.module, let name = file.code[line].prefixMatch(of: pattern)?.output.1 else {
                    return false
                }
                if let door = doors.first(where: { matches(String(name), $0.package) }) {
                    return !door.modules.contains(module)
                }
                return !ours.contains(String(name)) && !toolchain.contains(String(name))
            })
    }

    private static func matches(_ name: String, _ pattern: String) -> Bool {
        pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }
}
