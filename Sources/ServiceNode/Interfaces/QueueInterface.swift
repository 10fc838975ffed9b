import NodeRuntime
import SessionProtocol

/// What the node serves over the message queue: client calls for anyone, node-to-node commands for active service nodes
/// (storage-node §2.2).
struct QueueInterface: Sendable {
    let node: NodeState
    let methods: MethodTable
    let onions: OnionRouter
    let notifyBlock: OMQService.Command

    var service: OMQService {
        var commands: [String: OMQService.Command] = [
            "sn.ping": OMQService.Command(access: .serviceNode) { _ in [Bytes("pong".utf8)] },
            "sn.storage_cc": OMQService.Command(access: .serviceNode) {
                await holding($0, in: node.limits.copyRoom) { await forwarded($0) }
            },
            "sn.data": OMQService.Command(access: .recentServiceNode) { await node.transfers.receive($0.parts) },
            "sn.data_ready": OMQService.Command(access: .serviceNode) {
                node.transfers.ready(for: $0.caller.publicKey)
            },
            "sn.data_holders": OMQService.Command(access: .recentServiceNode) { node.transfers.holders($0.parts) },
            "sn.data_hashes": OMQService.Command(access: .serviceNode) {
                await node.transfers.hashes($0.parts, for: $0.caller.publicKey)
            },
            "sn.data_amend": OMQService.Command(access: .recentServiceNode) { await node.transfers.amend($0.parts) },
            "sn.data_changes": OMQService.Command(access: .serviceNode) {
                await node.transfers.changes($0.parts, for: $0.caller.publicKey)
            },
            "sn.data_fetch": OMQService.Command(access: .serviceNode) {
                await node.transfers.fetch($0.parts, for: $0.caller.publicKey)
            },
            "sn.onion_request": OMQService.Command(access: .serviceNode) {
                await holding($0, in: node.limits.relayRoom) { await onion($0) }
            },
            "sn.storage_test": OMQService.Command(access: .serviceNode) {
                await StorageTestAnswer(node: node).answer($0)
            },
            "monitor.messages": OMQService.Command(access: .anyone) { [node.subscriptions.answer($0)] },
            "service.get_stats": OMQService.Command(access: .admin) { _ in
                [await StatisticsReport(node: node).json.utf8]
            },
            "notify.block": notifyBlock,
        ]
        for name in MethodTable.queueNames {
            commands["storage.\(name)"] = OMQService.Command(access: .anyone) { await client($0, name) }
        }
        return OMQService(
            commands: commands, queueLimits: RequestLimits.queueLengths,
            isServiceNode: { [membership = node.membership] in membership.current?.isActive($0) ?? false },
            isFormerServiceNode: { [membership = node.membership, clock = node.environment.clock] in
                membership.isFormer($0, at: clock.uptime)
            },
            isAdmin: { [administrators = Set(node.configuration.administrators)] in administrators.contains($0) })
    }

    private static let tooMany = "Too many requests, try again later"

    private func client(_ call: OMQCall, _ method: String) async -> [Bytes]? {
        guard node.limits.admit(call.caller.address, at: .queue) else { return Self.failure(429, Self.tooMany) }
        return await holding(call, in: node.limits.clientRoom) { await storage(method, $0) }
    }

    /// `storage.<method>`: no frame or one, JSON or a bencoded dict.
    private func storage(_ name: String, _ parts: [Bytes]) async -> [Bytes] {
        guard parts.count <= 1 else {
            return Self.failure(400, "Invalid request: expected 1 message parts, received \(parts.count)")
        }
        do {
            let fields = try Self.fields(parts.first ?? [])
            return Self.frames(await methods.call(name, fields, origin: .client), fields.encoding)
        } catch {
            return Self.frames(error.reply, .json)
        }
    }

    /// Serves a call, if there is room for it.
    private func holding(
        _ call: OMQCall, in room: WorkRoom, _ serve: ([Bytes]) async -> [Bytes]?
    ) async -> [Bytes]? {
        await room.holding(call.parts.reduce(0) { $0 + $1.count }, for: call.caller.asCaller) { outcome in
            outcome == .callerHasTooMuch
                ? Self.failure(429, Self.tooMany) : Self.frames(Refusal.busy.reply, .json)
        } _: {
            await serve(call.parts)
        }
    }

    /// `sn.storage_cc`: a swarm peer's copy of a client's request.
    /// - Returns: `nil`, no reply at all, for what the reference does not answer either.
    private func forwarded(_ parts: [Bytes]) async -> [Bytes]? {
        guard parts.count >= 2 else { return nil }
        guard parts.count == 2 else {
            return Self.failure(400, "Invalid request: expected 2 message parts, received \(parts.count)")
        }
        let name = String(decoding: parts[0], as: UTF8.self)
        guard let isForwarded = MethodTable.isForwarded(name) else { return nil }
        guard isForwarded else {
            return Self.failure(400, "invalid request: received invalid forwarded non-forwardable request")
        }
        do {
            // What its entry node took is not refused for what that adds.
            let fields = try Self.fields(parts[1], mostValues: Limits.requestValues + 100)
            let origin = CallOrigin.swarmPeer(acceptedAt: Acceptance.moment(in: fields, at: node.now))
            return Self.frames(await methods.call(name, fields, origin: origin), fields.encoding)
        } catch {
            return Self.frames(error.reply, .json)
        }
    }

    private func onion(_ parts: [Bytes]) async -> [Bytes] {
        guard parts.count == 1 else {
            return Self.failure(
                400, "Invalid internal onion request: expected 1 message parts, received \(parts.count)")
        }
        let hop: OnionHop
        do {
            hop = try OnionHop(parsingInternal: parts[0])
        } catch {
            return Self.failure(400, "Invalid internal onion request: \(error)")
        }
        let answer = await onions.route(hop, isRelayed: true)
        return [Bytes(String(answer.status).utf8), answer.body]
    }

    /// - Parameter mostValues: with more values, those inside others included, the call is refused.
    private static func fields(
        _ body: Bytes, mostValues: Int = Limits.requestValues
    ) throws(Refusal) -> RequestFields {
        guard let first = body.first else { return RequestFields(json: [:]) }
        if first == UInt8(ascii: "d") {
            do {
                return RequestFields(bencode: try Bencode(parsing: body, mostValues: mostValues).asDictionary ?? [:])
            } catch  where error.reason == .tooMany {
                throw .tooManyValues
            } catch {
                // The reference lets its parser's exception end the call.
                throw .failed
            }
        }
        do {
            if let fields = try JSON(parsing: body, mostValues: mostValues).asObject {
                return RequestFields(json: fields)
            }
        } catch  where error.reason == .tooMany {
            throw .tooManyValues
        } catch {
            throw Refusal(400, "invalid body: expected json or bt_dict")
        }
        throw Refusal(400, "invalid body: expected json or bt_dict")
    }

    /// Success is one frame, the body; anything else is two, status and body.
    private static func frames(_ reply: RPCReply, _ encoding: RequestEncoding) -> [Bytes] {
        let (status, body) = reply.encoded(in: encoding)
        return status == 200 ? [body] : [Bytes(String(status).utf8), body]
    }

    private static func failure(_ status: Int, _ text: String) -> [Bytes] {
        [Bytes(String(status).utf8), Bytes(text.utf8)]
    }
}
