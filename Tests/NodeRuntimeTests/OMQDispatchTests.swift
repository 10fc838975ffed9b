import NodeRuntime
import SessionProtocol
import Testing

/// Which message means what, on which side of a connection (storage-node §2.2).
struct OMQDispatchTests {
    private static let node = key(1)
    private static let admin = key(2)
    private static let stranger = key(3)

    private static func key(_ byte: UInt8) -> X25519PublicKey? { X25519PublicKey(Bytes(repeating: byte, count: 32)) }

    private static let service = OMQService(
        commands: [
            "open.ask": OMQService.Command(access: .anyone) { $0.parts },
            "open.tell": OMQService.Command(access: .anyone, isRequest: false) { _ in nil },
            "sn.ask": OMQService.Command(access: .serviceNode) { $0.parts },
            "sn.tell": OMQService.Command(access: .serviceNode, isRequest: false) { _ in nil },
            "admin.ask": OMQService.Command(access: .admin) { $0.parts },
        ], isServiceNode: { $0 == Self.node }, isAdmin: { $0 == Self.admin })

    /// A decision in words, so that a table can hold it.
    private static func decide(
        _ frames: [String], onListener: Bool = true, by caller: X25519PublicKey?, isLedger: Bool = false,
        service: OMQService? = service
    ) throws -> String {
        let decision = OMQDispatch.decide(
            frames.map { Bytes($0.utf8) }, onListener: onListener, caller: try #require(caller), isLedger: isLedger,
            service: service)
        func words(_ parts: [Bytes]) -> String {
            parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",")
        }
        return switch decision {
        case .answer(let frames): "answer \(words(frames))"
        case .run(_, let name, let tag, let parts):
            "run \(name) tag=\(tag.map { words([$0]) } ?? "none") \(words(parts))"
        case .reply(let tag, .reply(let parts)): "reply \(words([tag])) \(words(parts))"
        case .reply(let tag, .refused(let word)): "refused \(words([tag])) \(word)"
        case .reply(let tag, let outcome): "outcome \(words([tag])) \(outcome)"
        case .bye: "bye"
        case .ignore(let reason): reason.isEmpty ? "" : "ignore"
        }
    }

    @Test(
        "Greetings, farewells and replies mean what their side of the connection allows",
        arguments: [
            (["HI"], true, "answer HELLO"), (["HI"], false, "ignore"),
            (["HELLO"], true, "ignore"), (["HELLO"], false, "ignore"),
            (["BYE"], true, "ignore"), (["BYE"], false, "bye"),
            (["REPLY", "t"], true, "reply t "), (["REPLY", "t", "a", "b"], false, "reply t a,b"),
            (["REPLY"], true, "ignore"),
            (["FORBIDDEN", "REPLY", "t"], false, "refused t FORBIDDEN"),
            (["FORBIDDEN_SN", "REPLY", "t"], false, "refused t FORBIDDEN_SN"),
            (["NOT_A_SERVICE_NODE", "REPLY", "t"], false, "refused t NOT_A_SERVICE_NODE"),
            (["FORBIDDEN_SN", "sn.tell"], false, "ignore"), (["FORBIDDEN", "REPLY"], false, "ignore"),
            (["UNKNOWNCOMMAND", "a.b"], false, "ignore"), (["NO_REPLY_TAG", "a.b"], false, "ignore"),
            ([], true, "ignore"),
        ] as [([String], Bool, String)])
    func controlWords(frames: [String], onListener: Bool, expected: String) throws {
        #expect(try Self.decide(frames, onListener: onListener, by: Self.stranger) == expected)
    }

    @Test(
        "A command is run with its tag and data, or refused in the frames of the table",
        arguments: [
            (["open.ask", "t"], stranger, "run open.ask tag=t "),
            (["open.ask", "t", "a", "b"], stranger, "run open.ask tag=t a,b"),
            (["open.ask"], stranger, "answer NO_REPLY_TAG,open.ask"),
            (["open.tell"], stranger, "run open.tell tag=none "),
            (["open.tell", "a"], stranger, "run open.tell tag=none a"),
            (["sn.ask", "t", "a"], node, "run sn.ask tag=t a"),
            (["sn.ask", "t", "a"], stranger, "answer FORBIDDEN_SN,REPLY,t"),
            (["sn.ask", "t", "a"], admin, "answer FORBIDDEN_SN,REPLY,t"),
            (["sn.ask"], stranger, "answer FORBIDDEN_SN,sn.ask"),
            (["sn.tell", "a"], stranger, "answer FORBIDDEN_SN,sn.tell"),
            (["admin.ask", "t", "a"], admin, "run admin.ask tag=t a"),
            (["admin.ask", "t", "a"], node, "answer FORBIDDEN,REPLY,t"),
            (["no.such", "t"], stranger, "answer UNKNOWNCOMMAND,no.such"),
            (["undotted", "t"], stranger, "answer UNKNOWNCOMMAND,undotted"),
            (["", "t"], stranger, "answer UNKNOWNCOMMAND,"),
        ] as [([String], X25519PublicKey?, String)])
    func commands(frames: [String], caller: X25519PublicKey?, expected: String) throws {
        #expect(try Self.decide(frames, by: caller) == expected)
    }

    @Test("The ledger may call admin commands, on the connection this side opened to it")
    func ledger() throws {
        #expect(
            try Self.decide(["admin.ask", "t"], onListener: false, by: Self.stranger, isLedger: true)
                == "run admin.ask tag=t ")
        #expect(
            try Self.decide(["sn.ask", "t"], onListener: false, by: Self.stranger, isLedger: true)
                == "answer FORBIDDEN_SN,REPLY,t")
    }

    @Test("A side that serves nothing knows no command, but still takes replies")
    func noService() throws {
        #expect(try Self.decide(["open.ask", "t"], by: Self.node, service: nil) == "answer UNKNOWNCOMMAND,open.ask")
        #expect(try Self.decide(["REPLY", "t", "a"], by: Self.node, service: nil) == "reply t a")
    }

    @Test("A name of more than 251 bytes is unknown even where it is served, and comes back whole")
    func longName() throws {
        let long = "a." + String(repeating: "x", count: 250)
        let service = OMQService(commands: [long: OMQService.Command(access: .anyone) { _ in [] }])
        #expect(try Self.decide([long, "t"], by: Self.node, service: service) == "answer UNKNOWNCOMMAND,\(long)")
        let longest = String(long.dropLast())
        let serving = OMQService(commands: [longest: OMQService.Command(access: .anyone) { _ in [] }])
        #expect(try Self.decide([longest, "t"], by: Self.node, service: serving) == "run \(longest) tag=t ")
    }
}
