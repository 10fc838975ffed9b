import NodeRuntime
import SessionProtocol

extension LedgerDaemon {
    /// `rpc.*` for everyone, `admin.*` for adopted nodes, and block subscriptions (ledger §6.1, storage-node §10.2).
    nonisolated var omqService: OMQService {
        var commands: [String: OMQService.Command] = [:]
        for (name, method) in RPCMethod.served {
            commands["rpc.\(name)"] = OMQService.Command(access: .anyone) { await self.reply(to: $0, method) }
        }
        for (name, method) in RPCMethod.byName(.ownNode) {
            commands["admin.\(name)"] = OMQService.Command(access: .admin) { await self.reply(to: $0, method) }
        }
        commands["sub.block"] = OMQService.Command(access: .anyone) { call in
            [await self.subscribe(call.caller) ? Self.subscribed : Self.subscribedAlready]
        }
        let admins = admins
        return OMQService(commands: commands, isAdmin: { admins.contains($0) })
    }

    private static let success = Bytes("200".utf8)
    private static let failure = Bytes("400".utf8)
    private static let subscribed = Bytes("OK".utf8)
    private static let subscribedAlready = Bytes("ALREADY".utf8)

    private func reply(to call: OMQCall, _ method: RPCMethod) -> [Bytes] {
        do throws(RPCError) {
            return [Self.success, try answer(method, RPCCall(call))]
        } catch {
            return [Self.failure, Bytes(error.message.utf8)]
        }
    }

    private func answer(_ method: RPCMethod, _ call: RPCCall) throws(RPCError) -> Bytes {
        guard method.isKept, call.parts.count <= 1 else { return try method.answer(self, call).text }
        let isNode = node(of: call.caller) != nil
        let question = PublishedView.Question.queue(call.parts.first ?? [], isNode: isNode)
        return try keptAnswer(to: question, of: call.caller) { () throws(RPCError) in
            try method.answer(self, call)
        }
    }

    private func subscribe(_ caller: OMQCaller) -> Bool {
        let isNew = subscriptions.add(caller.connection, of: caller.publicKey, at: environment.clock.uptime)
        if node(of: caller.publicKey)?.isReminded == true {
            notify([BlockSubscriptions.Subscriber(connection: caller.connection, caller: caller.publicKey)])
        }
        return isNew
    }
}
