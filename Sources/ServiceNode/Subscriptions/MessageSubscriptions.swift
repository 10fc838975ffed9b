import NodeRuntime
import SessionProtocol
import Storage
import Synchronization

/// Tells subscribers of new messages over the connections on which they subscribed (storage-node §12.3).
final class MessageSubscriptions: Sendable {
    private let clock: any NodeClock
    private let transport: any Transport
    private let table: Mutex<SubscriptionTable>
    /// Of one request. Two bytes may ask for one and are answered with some eighty, so their number is bounded.
    private let mostEntries: Int

    init(environment: NodeEnvironment, capacity: SubscriptionTable.Capacity = .init()) {
        clock = environment.clock
        transport = environment.transport
        table = Mutex(SubscriptionTable(capacity: capacity))
        mostEntries = capacity.perConnection
    }

    /// How many there are; some of them may have ended.
    var count: Int { table.withLock { $0.count } }

    /// `monitor.messages`: one bencoded dict, or a list of them that is answered by a list.
    /// - Returns: the reply's one frame.
    func answer(_ call: OMQCall) -> Bytes {
        guard call.parts.count == 1, let first = call.parts[0].first,
            first == UInt8(ascii: "d") || first == UInt8(ascii: "l")
        else { return MonitorRefusal.notOneDictOrList.encoded }
        // Whatever is wrong with it, the answer is the same. An entry has a handful of values and its namespaces.
        guard let body = try? Bencode(parsing: call.parts[0], mostValues: 16 * mostEntries + 1_000) else {
            return MonitorRefusal.unparsable.encoded
        }
        if let fields = body.asDictionary { return answer(fields, from: call.caller.connection) }
        let list = body.asList ?? []
        guard list.count <= mostEntries else {
            return MonitorRefusal.tooManyEntries(list.count, most: mostEntries).encoded
        }
        let entries = list.compactMap(\.asDictionary)
        guard entries.count == list.count else { return MonitorRefusal.unparsable.encoded }
        return Bytes("l".utf8) + entries.flatMap { answer($0, from: call.caller.connection) } + Bytes("e".utf8)
    }

    private func answer(_ fields: [String: Bencode], from connection: OMQConnection) -> Bytes {
        do throws(MonitorRefusal) {
            let request = try MonitorRequest(fields, at: clock.wallMilliseconds)
            try subscribe(request, from: connection)
            return Bencode.dictionary(["success": .integer(1)]).encoded
        } catch {
            return error.encoded
        }
    }

    private func subscribe(_ request: MonitorRequest, from connection: OMQConnection) throws(MonitorRefusal) {
        let now = clock.uptime
        switch table.withLock({ $0.add(request, from: connection, at: now) }) {
        case nil: return
        case .connection:
            throw MonitorRefusal(.badArguments, "This connection has as many subscriptions as one may have")
        case .table: throw MonitorRefusal(.badArguments, "This node has as many subscriptions as it takes")
        case .namespaces:
            throw MonitorRefusal(.badNamespaces, "n= namespace list adds up to more than a subscription may have")
        }
    }

    /// A message came in that this node did not have. Each subscriber gets one notice before this returns.
    func announce(_ message: StoredMessage) {
        let now = clock.uptime
        let subscribers = table.withLock { $0.subscribers(to: message.account, message.namespace, at: now) }
        guard !subscribers.isEmpty else { return }
        let bare = Self.notice(of: message, withData: false)
        // Only encoded when somebody wants it: data is by far the longest field.
        let full = subscribers.contains(where: \.wantsData) ? Self.notice(of: message, withData: true) : bare
        for subscriber in subscribers {
            transport.push("notify.message", [subscriber.wantsData ? full : bare], to: subscriber.connection)
        }
    }

    private static func notice(of message: StoredMessage, withData: Bool) -> Bytes {
        var fields: [String: Bencode] = [
            "@": .bytes(message.account.bytes),
            "h": .text(message.hash.text),
            "n": .integer(Int64(message.namespace.rawValue)),
            "t": .integer(message.timestamp),
            "z": .integer(message.expiry),
        ]
        if withData { fields["~"] = .bytes(message.data) }
        return Bencode.dictionary(fields).encoded
    }
}
