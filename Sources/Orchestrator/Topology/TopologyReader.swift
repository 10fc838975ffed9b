import Yams

/// Walks a file's YAML and collects every error in it, so that one reading shows all.
struct TopologyReader {
    let source: String
    private(set) var errors: [TopologyError] = []
    /// Where each value that was read stands, by its field's path.
    private(set) var places: [String: TopologyPlace] = [:]

    init(source: String) { self.source = source }

    /// A mapping whose keys are all known.
    struct Section {
        let path: String
        let line: Int?
        fileprivate let entries: [String: Node]

        func field(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

        subscript(key: String) -> Node? { entries[key] }
    }

    mutating func report(_ reason: TopologyError.Reason, at field: String, line: Int?) {
        errors.append(TopologyError(source: source, line: line, field: field, reason: reason))
    }

    /// Checks that a node is a mapping and reports the keys it should not have. Keys that begin with `x-` are the file's own
    /// business; those of a mapping under `<<` count where the mapping itself has none of that name.
    ///
    /// - Parameters:
    ///   - path: the mapping's own field path, empty for the file.
    ///   - keys: `nil`: those of the section with this path.
    ///   - example: what to write instead of anything else.
    /// - Returns: `nil`, with the error reported, if it is no mapping.
    mutating func section(_ node: Node, at path: String, keys: [String]? = nil, example: String) -> Section? {
        let keys = keys ?? TopologyFields.keys(of: path)
        guard let mapping = node.mapping else {
            report(mismatch(node, expected: example), at: path.isEmpty ? "the file" : path, line: node.mark?.line)
            return nil
        }
        var entries: [String: Node] = [:]
        for (key, value) in merged(mapping, at: path) {
            let name = key.scalar?.string ?? (key.mapping == nil ? "[…]" : "{…}")
            if keys.contains(name) {
                entries[name] = value
            } else if !name.hasPrefix("x-") {
                let prefix = path.isEmpty ? "" : "\(path)."
                let nearest =
                    Spelling.nearest(to: name, among: keys).map { prefix + $0 }
                    ?? TopologyFields.elsewhere(like: name, outside: path)
                report(.unknownKey(nearest: nearest, known: keys), at: "'\(prefix)\(name)'", line: key.mark?.line)
            }
        }
        return Section(path: path, line: node.mark?.line, entries: entries)
    }

    /// A mapping's entries with those that `<<` takes over, which is one mapping or a list of them: an entry of its own
    /// comes first, then those of the list in its order.
    private mutating func merged(_ mapping: Node.Mapping, at path: String) -> [(key: Node, value: Node)] {
        let isMerge = { (key: Node) in key.scalar.map { $0.string == "<<" && $0.style == .plain } ?? false }
        var entries = mapping.filter { !isMerge($0.key) }.map { (key: $0.key, value: $0.value) }
        var names = Set(entries.compactMap { $0.key.scalar?.string })
        for (key, value) in mapping where isMerge(key) {
            for base in value.sequence.map(Array.init) ?? [value] {
                guard let base = base.mapping else {
                    report(
                        mismatch(base, expected: "a mapping such as *base, or a list of them"),
                        at: path.isEmpty ? "<<" : "\(path).<<", line: key.mark?.line)
                    continue
                }
                for entry in merged(base, at: path) where names.insert(entry.key.scalar?.string ?? "").inserted {
                    entries.append(entry)
                }
            }
        }
        return entries
    }

    /// A single value by its rule.
    ///
    /// - Parameter example: what to give, for a key without a value.
    /// - Returns: `nil` if the key is absent, or wrong, which is then reported.
    mutating func value<Value>(
        _ section: Section, _ key: String, example: String,
        _ rule: (String) throws(TopologyError.Reason) -> Value
    ) -> Value? {
        guard let node = section[key] else { return nil }
        return value(node, at: section.field(key), example: example, rule)
    }

    /// A value that is one of an enumeration's words.
    mutating func word<Choice: RawRepresentable<String> & CaseIterable>(_ section: Section, _ key: String) -> Choice? {
        let words = Choice.allCases.map(\.rawValue)
        let example = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        return value(section, key, example: example) { text throws(TopologyError.Reason) -> Choice in
            try TopologyRules.word(text)
        }
    }

    /// As ``value(_:_:example:_:)``, for a key that must be there.
    mutating func required<Value>(
        _ section: Section, _ key: String, example: String,
        _ rule: (String) throws(TopologyError.Reason) -> Value
    ) -> Value? {
        guard let node = section[key] else {
            report(.missing(expected: example), at: section.field(key), line: section.line)
            return nil
        }
        return value(node, at: section.field(key), example: example, rule)
    }

    /// A list of values by the rule of each.
    ///
    /// - Returns: `nil` if the key is absent, no list or has a wrong element, which is then reported.
    mutating func list<Value>(
        _ section: Section, _ key: String, example: String,
        _ rule: (String) throws(TopologyError.Reason) -> Value
    ) -> [Value]? {
        guard let node = section[key] else { return nil }
        guard let list = node.sequence else {
            report(mismatch(node, expected: example), at: section.field(key), line: node.mark?.line)
            return nil
        }
        let values = list.enumerated().map { index, element in
            value(element, at: "\(section.field(key))[\(index)]", example: "a text", rule)
        }
        let sound = values.compactMap { $0 }
        return sound.count == values.count ? sound : nil
    }

    /// Remembers where something stands that is no single value, for what may be found wrong with it later.
    mutating func note(_ field: String, line: Int?) {
        places[field] = TopologyPlace(source: source, line: line, field: field)
    }

    private mutating func value<Value>(
        _ node: Node, at field: String, example: String, _ rule: (String) throws(TopologyError.Reason) -> Value
    ) -> Value? {
        guard let scalar = node.scalar, !Self.isNull(scalar) else {
            report(mismatch(node, expected: example), at: field, line: node.mark?.line)
            return nil
        }
        places[field] = TopologyPlace(source: source, line: node.mark?.line, field: field)
        do throws(TopologyError.Reason) {
            return try rule(scalar.string)
        } catch {
            report(error, at: field, line: node.mark?.line)
            return nil
        }
    }

    /// Why a node of the wrong shape is wrong.
    func mismatch(_ node: Node, expected: String) -> TopologyError.Reason {
        switch node {
        case .scalar(let scalar) where Self.isNull(scalar): .noValue(expected: expected)
        case .scalar(let scalar): .wrongKind(found: "'\(scalar.string)'", expected: expected)
        case .mapping: .wrongKind(found: "a mapping", expected: expected)
        case .sequence: .wrongKind(found: "a list", expected: expected)
        case .alias: .wrongKind(found: "an alias", expected: expected)
        }
    }

    /// Only unquoted: `name: "null"` is a name.
    static func isNull(_ scalar: Node.Scalar) -> Bool {
        scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
