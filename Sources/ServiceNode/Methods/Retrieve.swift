import SessionProtocol
import Storage

/// `retrieve`: an account's messages in one namespace, in the order this node stored them (storage-node §3.2, §3.5, §3.6).
struct Retrieve: ClientMethod {
    static let names = ["retrieve"]
    static let isLookup = true
    let node: NodeState

    init(_ node: NodeState) { self.node = node }

    func run(_ request: RetrieveRequest, origin: CallOrigin) async throws(Refusal) -> RPCReply {
        let membership = try node.responsible(for: request.account)
        try await authorise(request)
        let wanted = node.answerRoom?.limits(within: request.limits) ?? request.limits
        return try await node.limits.pages.holding(wanted) { limits throws(Refusal) in
            try await page(request, within: limits, under: membership)
        }
    }

    private func page(
        _ request: RetrieveRequest, within limits: RetrieveLimits, under membership: Membership
    ) async throws(Refusal) -> RPCReply {
        let page: MessagePage
        do {
            page = try await node.environment.store.retrieve(
                request.account, request.namespace, after: request.lastHash, limits: limits)
        } catch {
            throw Refusal(
                500, "Internal Server Error. Could not retrieve messages for \(request.account.obscured)")
        }
        node.answerRoom?.take(page.messages.reduce(0) { $0 + RetrieveLimits.cost(ofDataBytes: $1.data.count) })
        return .success(
            node.stamped(["messages": .list(page.messages.map(Self.entry)), "more": .bool(page.more)], membership))
    }

    private func authorise(_ request: RetrieveRequest) async throws(Refusal) {
        guard let (authentication, timestamp) = request.authentication else {
            guard request.namespace.isOpenToRetrieve else { throw Refusal(401, "retrieve: request signature required") }
            return
        }
        guard node.isTimely(timestamp) else {
            throw Refusal(406, "retrieve timestamp too far from current time")
        }
        let text = SignedText.retrieve(request.namespace, timestamp: timestamp)
        let isPermitted =
            request.namespace.isUnrevocable
            ? authentication.permits(text, account: request.account, access: .read)
            : try await authentication.permits(
                text, account: request.account, access: .read, unlessRevokedIn: node.environment.store)
        guard isPermitted else {
            throw Refusal(401, "retrieve signature verification failed")
        }
    }

    private static func entry(_ message: StoredMessage) -> ReplyValue {
        [
            "data": .blob(message.data),
            "expiration": .integer(message.expiry),
            "hash": .text(message.hash.text),
            "timestamp": .integer(message.timestamp),
        ]
    }
}

/// The parameters of `retrieve`, checked.
struct RetrieveRequest: RequestParameters {
    let account: AccountID
    let namespace: Namespace
    let lastHash: MessageHash?
    let limits: RetrieveLimits
    let authentication: (Authentication, timestamp: Int64)?

    init(_ fields: RequestFields) throws(Refusal) {
        let oldHash = try fields.string("lastHash")
        let newHash = try fields.string("last_hash")
        let maximumCount = try fields.integer("max_count")
        let maximumSize = try fields.integer("max_size")
        let namespace = try fields.namespace("namespace")
        let modern = try fields.string("pubKey")
        let classic = try fields.string("pubkey")
        var auth = Authentication.Fields()
        auth.ed25519 = try fields.string("pubkey_ed25519")
        auth.signature = try fields.string("signature")
        auth.subaccount = try fields.string("subaccount")
        auth.subaccountSignature = try fields.string("subaccount_sig")
        let timestamp = try fields.timestamp("timestamp")

        account = try Authentication.account(try fields.requireAccount(pubkey: classic, pubKey: modern))
        self.namespace = namespace ?? .inbox
        let needsSignature = namespace.map { !$0.isOpenToRetrieve } ?? false
        if auth.ed25519 != nil || auth.signature != nil || timestamp != nil || needsSignature {
            let authentication = try Authentication(auth, account: account, encoding: fields.encoding)
            self.authentication = (authentication, try fields.require("timestamp", timestamp))
        } else {
            authentication = nil
        }
        lastHash = try Self.lastHash(oldHash, newHash)
        limits = RetrieveLimits(
            requestedCount: maximumCount.map(Int.init(clamping:)), requestedSize: maximumSize.map(Int.init(clamping:)))
    }

    private static func lastHash(_ old: Bytes?, _ new: Bytes?) throws(Refusal) -> MessageHash? {
        if old != nil, new != nil { throw .invalid("Cannot specify both 'lastHash' and 'last_hash'") }
        guard let bytes = new ?? old, !bytes.isEmpty else { return nil }
        guard bytes.count == MessageHash.textLength else {
            throw .invalid("Invalid last_hash: expected base64 (43 chars)")
        }
        guard let hash = MessageHash(text: String(decoding: bytes, as: UTF8.self)) else {
            throw .invalid("Invalid last_hash: not base64")
        }
        return hash
    }
}
