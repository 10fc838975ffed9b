import NodeRuntime
import SessionProtocol

@testable import ServiceNode

extension Parser {
    /// `{"method": …, "params": {…}}`, as clients post it.
    static let jsonRequest = Parser(name: "json-request") { input in
        guard let envelope = accepted({ try JSON(parsing: input) }), let method = envelope["method"]?.asString,
            let parameters = envelope["params"]?.asObject
        else { return }
        prepare(method, RequestFields(json: parameters))
    }

    /// A method's name, a line feed, and its parameters as a bencoded dict.
    static let bencodedRequest = Parser(name: "bencoded-request") { input in
        let parts = input.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let fields = accepted({ try Bencode(parsing: Bytes(parts[1])).asDictionary }) else {
            return
        }
        if let fields { prepare(String(decoding: parts[0], as: UTF8.self), RequestFields(bencode: fields)) }
    }

    private static func prepare(_ method: String, _ fields: RequestFields) {
        for origin in [CallOrigin.client, .onion, .swarmPeer(acceptedAt: nil)] {
            guard let method = MethodTable.method(method, origin: origin) else { continue }
            _ = accepted { try method.prepare(fields, origin: origin) }
        }
    }

    /// Messages that a node hands over.
    static let dataBlob = Parser(name: "data-blob") { input in
        guard DataBlob.isCurrent(input), let messages = DataBlob.decode(input) else { return }
        expect(DataBlob.decode(DataBlob.encode(messages)) == messages, "messages change when they are handed on")
    }

    /// Frames of a message-queue message, each after its length in one byte.
    static let queueFrames = Parser(name: "queue-frames") { input in
        var frames: [Bytes] = []
        var rest = input[...]
        while let length = rest.popFirst() {
            frames.append(Bytes(rest.prefix(Int(length))))
            rest = rest.dropFirst(Int(length))
        }
        guard let caller else { return }
        for (onListener, isLedger) in [(true, false), (false, false), (false, true)] {
            let decision = OMQDispatch.decide(
                frames, onListener: onListener, caller: caller, isLedger: isLedger, service: service)
            guard case .run(_, _, let tag, let parts) = decision else { continue }
            expect(parts.count + (tag == nil ? 1 : 2) == frames.count, "a command lost frames")
        }
    }

    private static let caller = X25519PublicKey(Bytes(repeating: 9, count: 32))

    private static let service = OMQService(
        commands: [
            "storage.info": OMQService.Command(access: .anyone) { _ in [] },
            "sn.ping": OMQService.Command(access: .serviceNode) { _ in [] },
            "sn.data": OMQService.Command(access: .recentServiceNode) { _ in [] },
            "service.get_stats": OMQService.Command(access: .admin) { _ in [] },
            "notify.message": OMQService.Command(access: .admin, isRequest: false) { _ in nil },
        ])
}
