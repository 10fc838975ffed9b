import Faults
import NodeRuntime
import SessionProtocol

extension JudgedTransport {
    /// Opens the transport below and judges the replies of what it serves. A reply that is delayed still counts among
    /// those that run, so ``OMQService/queueLimits`` is reached sooner than it is in a simulation.
    public func open(_ services: TransportServices) async throws(TransportError) -> ListenerPorts {
        try await inner.open(
            TransportServices(http: services.http.map { judged($0) }, omq: services.omq.map { judged($0) }))
    }

    private func judged(_ service: OMQService) -> OMQService {
        var service = service
        service.commands = service.commands.mapValues { command in
            OMQService.Command(access: command.access, isRequest: command.isRequest) { [self] call in
                let asker = call.caller.address ?? .unknown
                var call = call
                call.caller.connection = call.caller.connection.tagged(with: asker)
                guard let reply = await command.run(call), command.isRequest else { return nil }
                let passage = passage(
                    .reply, to: asker, name: call.command, size: Self.queueSize("REPLY", reply) + Self.tagSize)
                return await arrives(passage) ? reply : nil
            }
        }
        return service
    }

    private func judged(_ service: @escaping HTTPService) -> HTTPService {
        { [self] head, body in
            let reply = await service(head, body)
            let passage = passage(
                .postReply, to: head.clientAddress ?? .unknown, name: "\(head.method) \(head.path)",
                size: reply.body.count)
            if await !arrives(passage) {
                // Cancelled when the connection ends; until then the asker waits for what never comes.
                await OneShot<Void>().value(whenCancelled: ())
            }
            return reply
        }
    }

    /// Waits until a reply is due.
    /// - Returns: `false` when it never is, or when the task was cancelled.
    private func arrives(_ passage: Passage) async -> Bool {
        switch passage {
        case .atOnce: true
        case .late(let waits): await clock.passes(waits[0])
        case .lost, .reset: false
        }
    }
}
