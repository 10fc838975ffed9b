import SessionProtocol
import Storage

/// `get_expiries`: until when messages live, on this node (storage-node §3.5, §3.6).
struct GetExpiries: ClientMethod {
    static let names = ["get_expiries"]
    static let isLookup = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    func run(_ request: GetExpiriesRequest, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        _ = try node.responsible(for: request.signer.account)
        guard node.isTimely(request.timestamp) else {
            throw Refusal(406, "get_expiries timestamp too far from current time")
        }
        let text = SignedText.getExpiries(timestamp: request.timestamp, request.messages)
        try await request.signer.check(text, .read, for: "get_expiries", at: node)
        // What is no hash names no message.
        let hashes = request.messages.compactMap { MessageHash(text: String(decoding: $0, as: UTF8.self)) }
        let expiries: [MessageHash: Int64]
        do {
            expiries = try await node.environment.store.expiries(of: hashes, account: request.signer.account)
        } catch {
            throw Refusal.failed
        }
        return .success([
            "expiries": .dictionary(
                Dictionary(uniqueKeysWithValues: expiries.map { ($0.key.text, .integer($0.value)) }))
        ])
    }
}

/// The parameters of `get_expiries`, checked (storage-node §3.2).
struct GetExpiriesRequest: RequestParameters {
    let signer: SignedAccount
    /// In the order of the request. Nobody checks that they are hashes.
    let messages: [Bytes]
    /// When the request was signed, in milliseconds since the epoch.
    let timestamp: Int64

    init(_ fields: RequestFields) throws(Refusal) {
        let messages = try fields.strings("messages")
        let block = try SignedAccount.Fields(fields)
        let timestamp = try fields.timestamp("timestamp")

        signer = try block.checked(fields)
        self.timestamp = try fields.require("timestamp", timestamp)
        self.messages = try fields.requireMessages(messages)
    }
}
