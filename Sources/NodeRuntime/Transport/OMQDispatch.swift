import SessionProtocol

/// Decides what an arriving message-queue message means, without touching a socket: every transport gives the same answers
/// (storage-node §2.2).
public enum OMQDispatch: Sendable {
    /// Send these frames back at once.
    case answer([Bytes])
    /// Run the command; `tag` is `nil` for one-way commands.
    case run(OMQService.Command, name: String, tag: Bytes?, parts: [Bytes])
    /// A reply to a request this side made.
    case reply(tag: Bytes, OMQOutcome)
    /// The peer says this connection is over.
    case bye
    /// Nothing to do; the text says why, for the log.
    case ignore(String)

    static let longestCommandName = 251

    /// - Parameters:
    ///   - frames: the message, without any routing frame.
    ///   - onListener: whether it came in on a listener, where greetings are honoured.
    ///   - caller: the key that CURVE proved.
    ///   - isLedger: whether this side opened the connection, to the ledger.
    public static func decide(
        _ frames: [Bytes], onListener: Bool, caller: X25519PublicKey, isLedger: Bool, service: OMQService?
    ) -> OMQDispatch {
        guard let first = frames.first else { return .ignore("empty message") }
        let word = String(decoding: first, as: UTF8.self)
        switch word {
        case "HI": return onListener ? .answer([Bytes("HELLO".utf8)]) : .ignore("HI on an outgoing connection")
        case "HELLO": return .ignore("HELLO")
        case "BYE": return onListener ? .ignore("BYE on a listener") : .bye
        case "REPLY":
            guard frames.count >= 2 else { return .ignore("REPLY without a tag") }
            return .reply(tag: frames[1], .reply(Array(frames[2...])))
        case "FORBIDDEN", "FORBIDDEN_SN", "NOT_A_SERVICE_NODE":
            guard frames.count >= 3, frames[1] == Bytes("REPLY".utf8) else { return .ignore("\(word) for a command") }
            return .reply(tag: frames[2], .refused(word))
        case "UNKNOWNCOMMAND", "NO_REPLY_TAG": return .ignore(word)
        default: return command(word, frames, caller: caller, isLedger: isLedger, service: service)
        }
    }

    private static func command(
        _ name: String, _ frames: [Bytes], caller: X25519PublicKey, isLedger: Bool, service: OMQService?
    ) -> OMQDispatch {
        guard frames[0].count <= longestCommandName, name.utf8.contains(UInt8(ascii: ".")),
            let command = service?.commands[name]
        else { return .answer([Bytes("UNKNOWNCOMMAND".utf8), frames[0]]) }
        if let word = refusal(of: command.access, caller: caller, isLedger: isLedger, service: service) {
            let target = command.isRequest && frames.count >= 2 ? [Bytes("REPLY".utf8), frames[1]] : [frames[0]]
            return .answer([Bytes(word.utf8)] + target)
        }
        guard command.isRequest else { return .run(command, name: name, tag: nil, parts: Array(frames[1...])) }
        guard frames.count >= 2 else { return .answer([Bytes("NO_REPLY_TAG".utf8), frames[0]]) }
        return .run(command, name: name, tag: frames[1], parts: Array(frames[2...]))
    }

    private static func refusal(
        of access: OMQAccess, caller: X25519PublicKey, isLedger: Bool, service: OMQService?
    ) -> String? {
        switch access {
        case .anyone: return nil
        case .serviceNode: return service?.isServiceNode(caller) == true ? nil : "FORBIDDEN_SN"
        case .recentServiceNode:
            let isKnown = service?.isServiceNode(caller) == true || service?.isFormerServiceNode(caller) == true
            return isKnown ? nil : "FORBIDDEN_SN"
        case .admin: return isLedger || service?.isAdmin(caller) == true ? nil : "FORBIDDEN"
        }
    }
}
