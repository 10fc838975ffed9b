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
        public var number: Int
        public var data: Bytes
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

    /// - Throws: the refusal, once it is recorded.
    public func send(_ message: Message, from sender: SessionClient, to recipient: AccountID) async throws {
        do {
            let result = try await sender.store(message.data, for: recipient, ttl: message.timeToLive)
            events.record(
                Event(
                    .messageSent, from: sender.name,
                    [
                        "message": .int(message.number), "account": .string(recipient.hex), "namespace": 0,
                        "hash": .string(result.hash.text),
                        "digest": .string(Hex.encode(Digest.sha256(message.data))),
                        "acknowledged": .array(result.acknowledged.map { .string($0.hex) }),
                        "failed": .array(result.failed.map { .string($0.hex) }),
                    ]))
        } catch {
            events.record(
                Event(
                    .messageNotSent, from: sender.name,
                    [
                        "message": .int(message.number), "account": .string(recipient.hex),
                        "reason": .string("\(error)"),
                    ]))
            throw error
        }
    }

    /// Reads everything in the recipient's inbox and records it.
    /// - Returns: how many messages came.
    @discardableResult
    public func receive(as recipient: SessionClient) async throws -> Int {
        let messages = try await recipient.retrieve()
        for message in messages {
            events.record(
                Event(
                    .messageReceived, from: recipient.name,
                    [
                        "account": .string(recipient.identity.account.hex), "namespace": 0,
                        "hash": .string(message.hash.text), "digest": .string(Hex.encode(Digest.sha256(message.data))),
                    ]))
        }
        return messages.count
    }
}

extension Testnet {
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
