import NodeRuntime
import SessionProtocol

extension LedgerDaemon {
    /// `rpc.*` for everyone, `admin.*` for adopted nodes, and block subscriptions (ledger §6.1, storage-node §10.2).
    nonisolated var omqService: OMQService {
        var commands: [String: OMQService.Command] = [:]
        for name in PublicMethod.names {
            guard let method = PublicMethod(name: name) else { continue }
            commands["rpc.\(name)"] = OMQService.Command(access: .anyone) { call in
                await self.reply(to: call) { (daemon, call) throws(RPCError) in try daemon.answer(method, call) }
            }
        }
        for name in AdminMethod.names {
            guard let method = AdminMethod(name: name) else { continue }
            commands["admin.\(name)"] = OMQService.Command(access: .admin) { call in
                await self.reply(to: call) { (daemon, call) throws(RPCError) in
                    try daemon.administer(method, call)
                }
            }
        }
        commands["sub.block"] = OMQService.Command(access: .anyone) { call in
            [await self.subscribe(call.caller.connection) ? Self.subscribed : Self.subscribedAlready]
        }
        let admins = admins
        return OMQService(commands: commands, isAdmin: { admins.contains($0) })
    }

    private static let success = Bytes("200".utf8)
    private static let failure = Bytes("400".utf8)
    private static let subscribed = Bytes("OK".utf8)
    private static let subscribedAlready = Bytes("ALREADY".utf8)

    private func reply(
        to call: OMQCall,
        _ answer: @Sendable (isolated LedgerDaemon, OMQCall) throws(RPCError) -> Bytes
    ) -> [Bytes] {
        do throws(RPCError) {
            return [Self.success, try answer(self, call)]
        } catch {
            return [Self.failure, Bytes(error.message.utf8)]
        }
    }

    private func answer(_ method: PublicMethod, _ call: OMQCall) throws(RPCError) -> Bytes {
        guard method == .serviceNodes, call.parts.count <= 1 else {
            return try answer(method, try Self.params(of: call))
        }
        return try commonAnswer(to: .queue(call.parts.first ?? [])) { () throws(RPCError) in
            let request = try ServiceNodesRequest(params: try Self.params(of: call))
            return (serviceNodes(request), request.isAnsweredAlike)
        }
    }

    /// The JSON object that a call's only part holds; without a part an empty one.
    static func params(of call: OMQCall) throws(RPCError) -> [String: JSON] {
        guard call.parts.count <= 1 else {
            throw .wrongParameter("expected at most one part, the parameters; got \(call.parts.count)")
        }
        guard let part = call.parts.first, !part.isEmpty else { return [:] }
        let json: JSON
        do { json = try JSON(parsing: part) } catch { throw .wrongParameter("the parameters are no JSON: \(error)") }
        guard let params = JSONRPCCall.params(json) else {
            throw .wrongParameter("the parameters must be a JSON object")
        }
        return params
    }

    private func subscribe(_ connection: OMQConnection) -> Bool {
        subscriptions.add(connection, at: environment.clock.uptime)
    }
}
