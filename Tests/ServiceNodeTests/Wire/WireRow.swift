import SessionProtocol
import Testing

/// One row of a specified table: a call, and what every interface answers to it.
struct WireRow: Sendable, CustomTestStringConvertible {
    var name: String
    var method: String
    var fields: [String: WireValue]
    var status: Int
    /// The whole body; `nil` where only the status matters.
    var text: String?
    /// The body for a bencoded request, where it differs.
    var bencodedText: String?
    var interfaces: [WireInterface]

    var testDescription: String { "\(method): \(name)" }

    init(
        _ name: String, _ method: String, _ fields: [String: WireValue], _ status: Int, _ text: String?,
        bencoded: String? = nil, on interfaces: [WireInterface] = WireInterface.allCases
    ) {
        self.name = name
        self.method = method
        self.fields = fields
        self.status = status
        self.text = text
        bencodedText = bencoded
        self.interfaces = interfaces
    }

    /// Sends the call over each interface and compares status and body.
    func check(at node: TestNode) async throws {
        for interface in interfaces {
            let answer = try await interface.call(node, method, fields)
            let expected = interface == .queueBencode ? bencodedText ?? text : text
            let place: Comment = "\(method) over \(interface): \(name)"
            #expect(answer.status == status, "\(place) answered \(answer.text)")
            if let expected { #expect(answer.text == expected, place) }
        }
    }
}

/// One thing wrong with a call, and what it is answered with.
struct WireDefect: Sendable {
    var changes: [String: WireValue]
    var status: Int
    var text: String
    var bencodedText: String?
    /// A defect that only one encoding can have.
    var interfaces = WireInterface.allCases

    /// A parameter error: 400 after the words that stand before all of them (storage-node §3.1).
    static func invalid(
        _ changes: [String: WireValue], _ text: String, bencoded: String? = nil,
        on interfaces: [WireInterface] = WireInterface.allCases
    ) -> WireDefect {
        WireDefect(
            changes: changes, status: 400, text: "invalid request: \(text)",
            bencodedText: bencoded.map { "invalid request: \($0)" }, interfaces: interfaces)
    }

    static func refused(_ status: Int, _ text: String, _ changes: [String: WireValue]) -> WireDefect {
        WireDefect(changes: changes, status: status, text: text)
    }
}

extension WireCall {
    /// Each defect alone, then each together with all that are checked after it: the first must win.
    func rows(_ defects: [WireDefect]) -> [WireRow] {
        let alone = defects.map { row("alone", $0, [$0]) }
        let first = defects.indices.map { row("first of \(defects.count - $0)", defects[$0], Array(defects[$0...])) }
        return alone + first
    }

    private func row(_ name: String, _ defect: WireDefect, _ all: [WireDefect]) -> WireRow {
        let fields = all.reversed().reduce(fields) { $0.merging($1.changes) { $1 } }
        return WireRow(
            "\(defect.text), \(name)", method, fields, defect.status, defect.text, bencoded: defect.bencodedText,
            on: defect.interfaces)
    }
}
