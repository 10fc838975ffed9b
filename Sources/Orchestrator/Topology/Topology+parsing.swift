import Foundation
import Yams

extension Topology {
    /// Reads a file, once, whatever kind of file it is: of a pipe nothing is left afterwards.
    ///
    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - flags: what a command line says beside it, which comes before the file.
    ///   - base: what holds where neither says otherwise.
    /// - Throws: all that is wrong with both, or the one reason why the file cannot be read.
    public init(
        contentsOf path: String, flags: [Flag] = [], over base: Topology = Topology()
    ) throws(TopologyErrors) {
        let source = path == "-" ? "standard input" : path
        let text: String
        do throws(TopologyError.Reason) {
            text = try TopologyText.read(path)
        } catch {
            throw TopologyErrors(errors: [TopologyError(source: source, line: nil, field: "", reason: error)])
        }
        try self.init(yaml: text, file: source, flags: flags, over: base)
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
        // Some editors begin UTF-8 with a mark of byte order, which it does not need.
        let mark: Unicode.Scalar = "\u{feff}"
        let text = text.unicodeScalars.first == mark ? String(text.unicodeScalars.dropFirst()) : text
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
        guard let section = reader.section(root, at: "", example: "a mapping such as 'nodes: {count: 12}'")
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
        guard let section = reader.section(node, at: "nodes", example: example) else { return }
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
                node, at: "clients", example: "a mapping such as {count: 2}")
        else { return }
        clients.count =
            reader.value(section, "count", example: "a whole number", TopologyRules.clientCount) ?? clients.count
        clients.cipher =
            reader.value(section, "cipher", example: "aes-gcm or xchacha20", TopologyRules.cipher) ?? clients.cipher
    }

    private mutating func readVerification(_ node: Node, with reader: inout TopologyReader) {
        guard
            let section = reader.section(
                node, at: "verification", example: "a mapping such as {messages: 20}")
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
                node, at: "load", example: "a mapping such as {name: S}")
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
                node, at: "network", example: "a mapping such as {profile: lan}")
        else { return }
        network.profile = reader.word(section, "profile") ?? network.profile
        network.mischief = reader.word(section, "mischief") ?? network.mischief
    }

    private mutating func readTLS(_ node: Node, with reader: inout TopologyReader) {
        let example = "a mapping such as {certificate: cert.pem, key: key.pem}"
        guard let section = reader.section(node, at: "tls", example: example) else {
            return
        }
        let certificate = reader.required(
            section, "certificate", example: "the path of a PEM file", TopologyRules.path)
        let key = reader.required(section, "key", example: "the path of a PEM file", TopologyRules.path)
        if let certificate, let key { tls = TLSFiles(certificate: certificate, key: key) }
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
            let fault = YAMLFault(during + problem, line: mark.line, in: text)
            self = failure(fault.problem, fault.line)
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
