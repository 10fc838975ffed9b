/// One argument of an external server's command line, with placeholders for what only the running network knows:
/// `--https-port={httpsPort}`. A brace that is meant as such is written twice.
public struct ArgumentTemplate: Sendable, Equatable {
    /// What a placeholder stands for. Each is written in braces.
    public enum Placeholder: String, Sendable, CaseIterable {
        /// The node's directory of the run, where the server may keep its files; an absolute path.
        case directory
        /// The ledger's endpoint for this node, an address of ZeroMQ: `tcp://127.16.0.3:40123`.
        case ledger
        /// The node's IPv4 address, which the server must be reached at.
        case address
        /// The TCP port its HTTPS listener must have.
        case httpsPort
        /// The TCP port its message queue must have.
        case omqPort
        /// The node's name.
        case name

        /// As it is written: `{ledger}`.
        var text: String { "{\(rawValue)}" }

        /// Without these the server and the network could not find each other.
        static let needed: [Placeholder] = [.ledger, .httpsPort, .omqPort]
    }

    private enum Piece: Sendable, Equatable {
        case text(String)
        case value(Placeholder)
    }

    /// As the topology has it.
    public let text: String
    private let pieces: [Piece]

    /// - Throws: ``TopologyError/Reason/notAllowed(value:allowed:nearest:)`` for an unknown placeholder,
    ///   ``TopologyError/Reason/malformed(value:expected:)`` for a brace without its other half.
    public init(_ text: String) throws(TopologyError.Reason) {
        self.text = text
        var pieces: [Piece] = []
        var literal = ""
        var rest = text[...]
        while let character = rest.first {
            if rest.hasPrefix("{{") || rest.hasPrefix("}}") {
                literal.append(character)
                rest = rest.dropFirst(2)
                continue
            }
            guard character == "{" || character == "}" else {
                literal.append(character)
                rest = rest.dropFirst()
                continue
            }
            guard character == "{", let end = rest.firstIndex(of: "}") else {
                throw .malformed(
                    value: text, expected: "text with placeholders such as {ledger}; write a brace itself twice")
            }
            let placeholder = try Self.placeholder(String(rest[...end]))
            if !literal.isEmpty { pieces.append(.text(literal)) }
            literal = ""
            pieces.append(.value(placeholder))
            rest = rest[rest.index(after: end)...]
        }
        if !literal.isEmpty { pieces.append(.text(literal)) }
        self.pieces = pieces
    }

    private static func placeholder(_ text: String) throws(TopologyError.Reason) -> Placeholder {
        if let placeholder = Placeholder(rawValue: String(text.dropFirst().dropLast())) { return placeholder }
        let allowed = Placeholder.allCases.map(\.text)
        throw .notAllowed(value: text, allowed: allowed, nearest: Spelling.nearest(to: text, among: allowed))
    }

    /// Every placeholder in it.
    var placeholders: Set<Placeholder> {
        Set(
            pieces.compactMap { piece in
                if case .value(let placeholder) = piece { placeholder } else { nil }
            })
    }

    /// The argument with values in place of placeholders.
    func filled(_ value: (Placeholder) -> String) -> String {
        pieces.reduce(into: "") { filled, piece in
            switch piece {
            case .text(let text): filled += text
            case .value(let placeholder): filled += value(placeholder)
            }
        }
    }
}
