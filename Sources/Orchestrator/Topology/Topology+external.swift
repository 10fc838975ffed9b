import Yams

extension Topology {
    /// A storage server that is somebody else's program, run as one of the network's nodes (storage-node §10).
    public struct ExternalServer: Sendable, Equatable {
        /// The program. YAML `executable`, a path; a relative one starts at the working directory.
        public var executable: String
        /// Its command line. YAML `arguments: [--oxend-rpc, "{ledger}"]`; among them must be `{ledger}`, `{httpsPort}`
        /// and `{omqPort}`.
        public var arguments: [ArgumentTemplate]

        public init(executable: String, arguments: [ArgumentTemplate]) {
            self.executable = executable
            self.arguments = arguments
        }

        /// The lines of a topology's YAML below `- name:`.
        func yamlLines(_ quoted: (String) -> String) -> [String] {
            let texts = arguments.map { quoted($0.text) }.joined(separator: ", ")
            return ["    external:", "      executable: \(quoted(executable))", "      arguments: [\(texts)]"]
        }
    }

    /// Reads what a node's entry says of an external server.
    static func readExternal(_ node: Node, at path: String, with reader: inout TopologyReader) -> ExternalServer? {
        let example = #"a mapping such as {executable: oxen-storage, arguments: [--oxend-rpc, "{ledger}"]}"#
        guard let section = reader.section(node, at: path, keys: ["executable", "arguments"], example: example) else {
            return nil
        }
        let executable = reader.required(
            section, "executable", example: "the path of a program", TopologyRules.executable)
        let list = #"a list such as [--oxend-rpc, "{ledger}"]"#
        guard section["arguments"] != nil else {
            reader.report(.missing(expected: list), at: section.field("arguments"), line: section.line)
            return nil
        }
        let arguments = reader.list(section, "arguments", example: list) {
            text throws(TopologyError.Reason) in try ArgumentTemplate(text)
        }
        guard let executable, let arguments else { return nil }
        let given = arguments.reduce(into: Set<ArgumentTemplate.Placeholder>()) { $0.formUnion($1.placeholders) }
        for placeholder in ArgumentTemplate.Placeholder.needed where !given.contains(placeholder) {
            reader.report(
                .missingPlaceholder(placeholder.text), at: section.field("arguments"),
                line: section["arguments"]?.mark?.line)
        }
        reader.note(section.path, line: section.line)
        return ExternalServer(executable: executable, arguments: arguments)
    }
}
