import Foundation
import Yams

extension Topology {
    /// Reads a file.
    ///
    /// - Parameters:
    ///   - flags: what a command line says beside it, which comes before the file.
    ///   - base: what holds where neither says otherwise.
    /// - Throws: all that is wrong with both, or the one reason why the file cannot be read.
    public init(
        contentsOf path: String, flags: [Flag] = [], over base: Topology = Topology()
    ) throws(TopologyErrors) {
        func unreadable(_ problem: String) -> TopologyErrors {
            TopologyErrors(errors: [
                TopologyError(source: path, line: nil, field: "", reason: .unreadable(problem: problem))
            ])
        }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            let advice = Self.similarFile(to: path).map { "did you mean \($0)?" } ?? "check the path"
            throw unreadable("there is no such file; \(advice)")
        }
        guard !isDirectory.boolValue else { throw unreadable("is a directory; name a file in it") }
        guard let data = FileHandle(forReadingAtPath: path)?.readDataToEndOfFile() else {
            throw unreadable("cannot be read; check its permissions")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw unreadable("is not UTF-8 text; save it as such")
        }
        try self.init(yaml: text, file: path, flags: flags, over: base)
    }

    /// Reads YAML text. Text without content gives the defaults.
    ///
    /// - Parameters:
    ///   - file: the name errors begin with.
    ///   - flags: what a command line says beside it, which comes before the file.
    ///   - base: what holds where neither says otherwise.
    /// - Throws: all that is wrong with both, or the first error in the syntax.
    public init(
        yaml text: String, file: String, flags: [Flag] = [], over base: Topology = Topology()
    ) throws(TopologyErrors) {
        self = base
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch {
            throw TopologyErrors(errors: [TopologyError(yaml: error, in: text, file: file)])
        }
        var reader = TopologyReader(source: file)
        if let root, root.scalar.map(TopologyReader.isNull) != true { read(root, with: &reader) }
        // Sorting is not stable in itself; equal lines keep the order in which they were found.
        let sorted = reader.errors.enumerated().sorted {
            ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
        }
        try finish(with: flags, after: sorted.map(\.element), places: reader.places)
    }

    private mutating func read(_ root: Node, with reader: inout TopologyReader) {
        let keys = [
            "name", "seed", "mode", "crypto", "nodes", "ledger", "listenIP", "clients", "verification", "load",
            "network", "tls", "storage",
        ]
        guard let section = reader.section(root, at: "", keys: keys, example: "a mapping such as 'nodes: {count: 12}'")
        else { return }
        name = reader.value(section, "name", example: "a run name such as dev", TopologyRules.runName) ?? name
        seed = reader.value(section, "seed", example: "a whole number", TopologyRules.seed)
        mode = reader.word(section, "mode") ?? mode
        crypto = reader.word(section, "crypto") ?? crypto
        listenIP = reader.value(
            section, "listenIP", example: "an IPv4 address such as 127.0.0.1", TopologyRules.address)
        if let node = section["nodes"] { readNodes(node, with: &reader) }
        if let node = section["ledger"] { readLedger(node, with: &reader) }
        if let node = section["clients"] { readClients(node, with: &reader) }
        if let node = section["verification"] { readVerification(node, with: &reader) }
        if let node = section["load"] { readLoad(node, with: &reader) }
        if let node = section["network"] { readNetwork(node, with: &reader) }
        if let node = section["tls"] { readTLS(node, with: &reader) }
        if let node = section["storage"] { readStorage(node, with: &reader) }
    }

    private mutating func readNodes(_ node: Node, with reader: inout TopologyReader) {
        if let list = node.sequence {
            readNodeList(list, line: node.mark?.line, with: &reader)
            return
        }
        let example = "a mapping such as {count: 12} or a list of '- name: n1'"
        guard let section = reader.section(node, at: "nodes", keys: ["count"], example: example) else { return }
        if let count = reader.value(section, "count", example: "a whole number", TopologyRules.nodeCount) {
            nodes = .count(count)
        }
    }

    private mutating func readNodeList(_ list: Node.Sequence, line: Int?, with reader: inout TopologyReader) {
        let range = TopologyRules.nodeCount
        guard range.contains(list.count) else {
            let reason = TopologyError.Reason.outOfRange(
                value: "a list of \(list.count)", allowed: "\(range.lowerBound)–\(range.upperBound)", fallback: "12")
            reader.report(reason, at: "nodes", line: line)
            return
        }
        var names: [String] = []
        var firstUse: [String: String] = [:]
        var servers: [String: ExternalServer] = [:]
        for (index, element) in list.enumerated() {
            let path = "nodes[\(index)]"
            guard
                let section = reader.section(
                    element, at: path, keys: ["name", "external"], example: "a mapping such as 'name: n1'"),
                let name = reader.required(section, "name", example: "a name such as n1", TopologyRules.nodeName)
            else { continue }
            if let first = firstUse[name] {
                reader.report(
                    .repeatedName(value: name, first: first), at: "\(path).name", line: section["name"]?.mark?.line)
            }
            firstUse[name] = firstUse[name] ?? path
            names.append(name)
            if let node = section["external"] {
                servers[name] = Self.readExternal(node, at: section.field("external"), with: &reader)
            }
        }
        nodes = .named(names)
        externals = servers
    }

    private mutating func readClients(_ node: Node, with reader: inout TopologyReader) {
        guard
            let section = reader.section(
                node, at: "clients", keys: ["count", "cipher"], example: "a mapping such as {count: 2}")
        else { return }
        clients.count =
            reader.value(section, "count", example: "a whole number", TopologyRules.clientCount) ?? clients.count
        clients.cipher =
            reader.value(section, "cipher", example: "aes-gcm or xchacha20", TopologyRules.cipher) ?? clients.cipher
    }

    private mutating func readVerification(_ node: Node, with reader: inout TopologyReader) {
        guard
            let section = reader.section(
                node, at: "verification", keys: ["messages", "kill", "timeout"],
                example: "a mapping such as {messages: 20}")
        else { return }
        verification.messages =
            reader.value(section, "messages", example: "a whole number", TopologyRules.messageCount)
            ?? verification.messages
        verification.kill = reader.value(section, "kill", example: "a node's name such as n3", TopologyRules.name)
        verification.timeoutSeconds =
            reader.value(section, "timeout", example: "a number of seconds", TopologyRules.timeoutSeconds)
            ?? verification.timeoutSeconds
    }

    private mutating func readLoad(_ node: Node, with reader: inout TopologyReader) {
        guard
            let section = reader.section(
                node, at: "load", keys: ["name", "minutes", "inventory"], example: "a mapping such as {name: S}")
        else { return }
        var load = self.load ?? LoadSettings()
        load.name = reader.word(section, "name") ?? load.name
        load.minutes =
            reader.value(section, "minutes", example: "a number of minutes", TopologyRules.minutes) ?? load.minutes
        load.takesInventory =
            reader.value(section, "inventory", example: "true or false", TopologyRules.truth) ?? load.takesInventory
        self.load = load
    }

    private mutating func readNetwork(_ node: Node, with reader: inout TopologyReader) {
        guard
            let section = reader.section(
                node, at: "network", keys: ["profile", "mischief"], example: "a mapping such as {profile: lan}")
        else { return }
        network.profile = reader.word(section, "profile") ?? network.profile
        network.mischief = reader.word(section, "mischief") ?? network.mischief
    }

    private mutating func readTLS(_ node: Node, with reader: inout TopologyReader) {
        let example = "a mapping such as {certificate: cert.pem, key: key.pem}"
        guard let section = reader.section(node, at: "tls", keys: ["certificate", "key"], example: example) else {
            return
        }
        let certificate = reader.required(
            section, "certificate", example: "the path of a PEM file", TopologyRules.path)
        let key = reader.required(section, "key", example: "the path of a PEM file", TopologyRules.path)
        if let certificate, let key { tls = TLSFiles(certificate: certificate, key: key) }
    }

    /// The topology file beside a missing one whose name is most like it.
    private static func similarFile(to path: String) -> String? {
        let directory = URL(filePath: path).deletingLastPathComponent()
        // A directory that cannot be listed has no suggestion to offer.
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        let topologies = files.filter { $0.hasSuffix(".yaml") }.sorted()
        guard let file = Spelling.nearest(to: URL(filePath: path).lastPathComponent, among: topologies) else {
            return nil
        }
        let prefix = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        return prefix + file
    }
}

extension TopologyError {
    /// What Yams found wrong with the syntax.
    fileprivate init(yaml error: any Error, in text: String, file: String) {
        func failure(_ problem: String, _ line: Int?) -> TopologyError {
            TopologyError(source: file, line: line, field: "", reason: .invalidYAML(problem: problem))
        }
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let during = context.map { "\($0.text) that begins in line \($0.mark.line): " } ?? ""
            self = failure(during + problem, mark.line)
        case .reader(let problem, let offset, _, _):
            self = failure(problem, offset.map { text.prefix($0).count { $0 == "\n" } + 1 })
        case .duplicatedKeysInMapping(let duplicates, let context):
            self = TopologyError(
                source: file, line: context.mark.line,
                field: duplicates.sorted().map { "'\($0)'" }.joined(separator: ", "), reason: .repeatedKey)
        case let other:
            self = failure(other?.description ?? "\(error)", nil)
        }
    }
}
