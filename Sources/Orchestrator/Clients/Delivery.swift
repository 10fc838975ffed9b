import NodeRuntime
import SessionClient
import SessionCrypto
import SessionProtocol

/// Sends one message from a client to another through onions, has it read back through another onion, and records both.
public struct Delivery: Sendable {
    private let events: any EventLog

    public init(events: any EventLog) { self.events = events }

    /// The message's content and its place in the run.
    public struct Message: Sendable {
        /// Unique in its run.
        public var number: Int
        public var data: Bytes
        /// Between 10 seconds and 14 days.
        public var timeToLive: Duration

        public init(number: Int, data: Bytes, timeToLive: Duration = .seconds(3600)) {
            self.number = number
            self.data = data
            self.timeToLive = timeToLive
        }
    }

    /// Sends and has it read. A failure is recorded and thrown.
    public func deliver(_ message: Message, from sender: SessionClient, to recipient: SessionClient) async throws {
        try await send(message, from: sender, to: recipient.identity.account)
        try await receive(as: recipient)
    }

    /// The same between two clients of a network, which are started if they were not.
    /// - Returns: whether it was sent and read; what failed is recorded.
    public func deliver(_ message: Message, from sender: Int, to recipient: Int, on testnet: Testnet) async -> Bool {
        guard await send(message, from: sender, to: recipient, on: testnet) else { return false }
        do {
            try await receive(as: try await testnet.client(recipient))
            return true
        } catch {
            // Recorded where it happened; a recipient that never started has read nothing, which the log shows as well.
            return false
        }
    }

    /// Sends from one client of a network to another, of which only the sender is started.
    /// - Returns: whether it was sent; a failure is recorded.
    public func send(_ message: Message, from sender: Int, to recipient: Int, on testnet: Testnet) async -> Bool {
        let account = testnet.account(ofClient: recipient)
        let client: SessionClient
        do {
            client = try await testnet.client(sender)
        } catch {
            let name = "client:\(ScriptedClients.name(sender))"
            recordNotSent(message, by: name, to: account, reason: "the client does not start: \(error)")
            return false
        }
        do {
            try await send(message, from: client, to: account)
            return true
        } catch {
            // Recorded where it happened.
            return false
        }
    }

    /// - Throws: the refusal, once it is recorded.
    public func send(_ message: Message, from sender: SessionClient, to recipient: AccountID) async throws {
        do {
            let result = try await sender.store(message.data, for: recipient, ttl: message.timeToLive)
            var fields = Self.identity(of: message, to: recipient)
            fields["timestamps"] = .array(result.timestamps.map(JSON.integer))
            fields["timeToLive"] = .integer(Int64(message.timeToLive / .milliseconds(1)))
            let members: [String: JSON] = [
                "acknowledged": .array(result.acknowledged.map { .string($0.hex) }),
                "failed": .array(result.failed.map { .string($0.hex) }),
            ]
            fields.merge(members) { $1 }
            fields["expires"] = result.expiry.map(JSON.integer)
            events.record(Event(.messageSent, from: sender.name, fields))
        } catch {
            recordNotSent(message, by: sender.name, to: recipient, reason: "\(error)")
            throw error
        }
    }

    private func recordNotSent(_ message: Message, by sender: String, to recipient: AccountID, reason: String) {
        var fields = Self.identity(of: message, to: recipient)
        fields["reason"] = .string(reason)
        events.record(Event(.messageNotSent, from: sender, fields))
    }

    /// What names a message, acknowledged or not.
    private static func identity(of message: Message, to recipient: AccountID) -> [String: JSON] {
        let hash = MessageHash(account: recipient, namespace: .inbox, data: message.data)
        return [
            "message": .int(message.number), "account": .string(recipient.hex),
            "namespace": .int(Int(Namespace.inbox.rawValue)), "hash": .string(hash.text),
            "digest": .string(Hex.encode(Digest.sha256(message.data))),
        ]
    }

    /// Reads everything in the recipient's inbox and records it.
    /// - Returns: how many messages came.
    /// - Throws: why it could not be read, once that is recorded.
    @discardableResult
    public func receive(as recipient: SessionClient) async throws -> Int {
        try await receive(as: recipient) { () async throws(ClientError) in try await recipient.retrieve() }
    }

    /// As ``receive(as:)``, but only what no earlier poll returned.
    public func poll(as recipient: SessionClient) async throws -> Int {
        try await receive(as: recipient) { () async throws(ClientError) in try await recipient.poll() }
    }

    private func receive(
        as recipient: SessionClient, _ read: () async throws(ClientError) -> [ReceivedMessage]
    ) async throws -> Int {
        let account = JSON.string(recipient.identity.account.hex)
        let messages: [ReceivedMessage]
        do {
            messages = try await read()
        } catch {
            events.record(
                Event(.mailboxNotRead, from: recipient.name, ["account": account, "reason": .string("\(error)")]))
            throw error
        }
        for message in messages {
            events.record(
                Event(
                    .messageReceived, from: recipient.name,
                    [
                        "account": account, "namespace": 0, "hash": .string(message.hash.text),
                        "digest": .string(Hex.encode(Digest.sha256(message.data))),
                    ]))
        }
        return messages.count
    }
}

extension Testnet {
    /// Whose mailbox a scripted client reads, whether or not it was started.
    public nonisolated func account(ofClient index: Int) -> AccountID {
        do {
            return try ScriptedClients.identity(index, seed: settings.seed).account
        } catch {
            preconditionFailure("a derived identity seed has 16 bytes: \(error)")
        }
    }

    /// Starts every client of the topology; each builds its path.
    public func startClients() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<settings.topology.clients.count {
                group.addTask { _ = try await self.client(index) }
            }
            try await group.waitForAll()
        }
    }

    /// Sends one message between the first two clients and waits until it was read: the proof that everything works.
    /// - Throws: what kept it from arriving.
    public func deliverCanary() async throws {
        let delivery = Delivery(events: events)
        let (sender, recipient) = (try await client(0), try await client(1))
        let message = Delivery.Message(number: 0, data: Bytes("canary of run \(settings.seed)".utf8))
        try await delivery.deliver(message, from: sender, to: recipient)
    }
}
