import Testing

/// The rules this project holds its own sources to.
struct TidyTests {
    static let ours: Set<String> = ["Sockets", "Storage", "SessionProtocol", "CHost"]
    static let rules: [Rule] = [
        .virtualTime, .fileSize, .functionSize, .drawers, .testNames, .machinePaths, .unfinished, .switchedOff, .sleeps,
        .wallLimits, .forcedTry, .swallowedErrors, .uncheckedSharing,
    ]

    @Test("the sources keep every rule", arguments: rules)
    func sourcesKeep(_ rule: Rule) throws {
        let offences = try SourceTree.files.get().flatMap(rule.offences)
        #expect(offences.isEmpty, "\(rule.name):\n\(offences.map(\.description).joined(separator: "\n"))")
    }

    @Test("a package from outside enters through one module")
    func importsKeep() throws {
        let files = try SourceTree.files.get()
        let rule = Rule.imports(ours: Set(files.compactMap(\.module)))
        let offences = files.flatMap(rule.offences)
        #expect(offences.isEmpty, "\(rule.name):\n\(offences.map(\.description).joined(separator: "\n"))")
    }

    @Test("the middle file of the sources has at most 120 lines")
    func median() throws {
        let sources = try SourceTree.files.get().filter { $0.module != nil }
        #expect(sources.count > 20, "the tree was not found where this file says it is")
        #expect(Rule.medianLines(of: sources) <= 120)
    }
}
