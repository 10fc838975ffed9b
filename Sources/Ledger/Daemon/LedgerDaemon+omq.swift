import NodeRuntime
import SessionProtocol

extension LedgerDaemon {
    /// `rpc.*` for everyone, `admin.*` for adopted nodes, and block subscriptions (ledger §6.1, storage-node §10.2).
    nonisolated var omqService: OMQService {
        var commands: [String: OMQService.Command] = [:]
        for name in PublicMethod.names {
            guard let method = PublicMethod(name: name) else { continue }
            commands["rpc.\(name)"] = OMQService.Command(access: .anyone) { call in
                await self.reply(to: call) { (daemon, params) throws(RPCError) in try daemon.answer(method, params) }
            }
        }
        for name in AdminMethod.names {
            guard let method = AdminMethod(name: name) else { continue }
            commands["admin.\(name)"] = OMQService.Command(access: .admin) { call in
                let caller = call.caller.publicKey
                return await self.reply(to: call) { (daemon, params) throws(RPCError) in
                    try daemon.administer(method, params, caller: caller)
                }
            }
        }
        commands["sub.block"] = OMQService.Command(access: .anyone) { call in
            [Bytes((await self.subscribe(call.caller.connection) ? "OK" : "ALREADY").utf8)]
        }
        let admins = admins
        return OMQService(commands: commands, isAdmin: { admins.contains($0) })
    }

    private func reply(
        to call: OMQCall,
        _ answer: @Sendable (isolated LedgerDaemon, [String: JSON]) throws(RPCError) -> Bytes
    ) -> [Bytes] {
        do throws(RPCError) {
            return [Bytes("200".utf8), try answer(self, try Self.params(of: call))]
        } catch {
            return [Bytes("400".utf8), Bytes(error.message.utf8)]
        }
    }

    private static func params(of call: OMQCall) throws(RPCError) -> [String: JSON] {
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
