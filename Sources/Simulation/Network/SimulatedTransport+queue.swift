import Faults
import NodeRuntime
import SessionProtocol

/// A request that waits for its reply.
struct PendingRequest {
    var link: SimulatedLink
    var command: String
    var timer: TimerQueue.ID
    var continuation: UnsafeContinuation<OMQOutcome, Never>
}

extension SimulatedTransport {
    /// Cancelling gives ``OMQOutcome/timedOut``, as on real sockets.
    public func request(
        _ peer: OMQPeer, _ command: String, _ parts: [Bytes], timeout: Duration
    ) async -> OMQOutcome {
        let id = network.newNumber()
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                guard isOpen else { return continuation.resume(returning: .unreachable("the transport is closed")) }
                guard !Task.isCancelled else { return continuation.resume(returning: .timedOut) }
                let timer = executor.schedule(after: timeout.wholeNanoseconds) { [self] in expire(request: id) }
                let link = queueLink(to: peer)
                link.unanswered.append(id)
                requests[id] = PendingRequest(link: link, command: command, timer: timer, continuation: continuation)
                let tag = withUnsafeBytes(of: id.bigEndian) { Bytes($0) }
                let frames = [Bytes(command.utf8), tag] + parts
                send(frames, .request, name: command, on: link, from: .client, request: id)
            }
        } onCancel: {
            finish(request: id, .timedOut)
        }
    }

    public func push(_ command: String, _ parts: [Bytes], to connection: OMQConnection) {
        guard isOpen else { return }
        let id = connection.route.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let frames = [Bytes(command.utf8)] + parts
        if let link = acceptedLink(id) {
            send(frames, .push, name: command, on: link, from: .server)
        } else if let link = queueLinks.values.first(where: { $0.id == id }) {
            send(frames, .push, name: command, on: link, from: .client)
        }
    }

    /// Gives a request's outcome to whoever waits for it; does nothing the second time.
    func finish(request id: UInt64, _ outcome: OMQOutcome) {
        guard let pending = requests.removeValue(forKey: id) else { return }
        if let place = pending.link.unanswered.firstIndex(of: id) { pending.link.unanswered.remove(at: place) }
        executor.cancel(pending.timer)
        pending.continuation.resume(returning: outcome)
    }

    private func expire(request id: UInt64) {
        guard !host.isWaiting else { return host.waitForTimeout { [self] in expire(request: id) } }
        finish(request: id, .timedOut)
    }

    private func queueLink(to peer: OMQPeer) -> SimulatedLink {
        if let link = queueLinks[peer] { return link }
        let target = SocketAddress(address: peer.address, port: peer.port)
        // One link a peer and role, so the role tells them apart.
        let ordinal =
            switch peer.role {
            case .serviceNode: 0
            case .ledger: 1
            case .client: 2
            }
        let link = SimulatedLink(
            id: network.newNumber(), from: self, to: target, peer: peer, ordinal: ordinal, network: network)
        queueLinks[peer] = link
        link.connect()
        return link
    }

    /// Sends frames to the other side of a link, which gives up the connection when one is longer than it takes.
    private func send(
        _ frames: [Bytes], _ kind: Envelope.Kind, name: String, on link: SimulatedLink,
        from side: SimulatedLink.Side, request: UInt64? = nil
    ) {
        var size = 0
        var isTooLong = false
        for frame in frames {
            size += frame.count
            if frame.count > Limits.requestBytes { isTooLong = true }
        }
        let deliver = { (receiver: SimulatedTransport) in
            guard !isTooLong else { return link.end(by: side.other, .broken("a frame is too long")) }
            receiver.receive(frames, on: link, from: side)
        }
        switch side {
        case .client: link.sendToServer(kind, name: name, size: size, request: request, deliver)
        case .server: link.sendToClient(kind, name: name, size: size, deliver)
        }
    }

    /// Takes a message that arrived over a connection.
    /// - Parameter side: who sent it.
    private func receive(_ frames: [Bytes], on link: SimulatedLink, from side: SimulatedLink.Side) {
        let isServers = side == .server
        let caller = isServers ? link.peer?.publicKey ?? publicKey : link.client.publicKey
        let decision = OMQDispatch.decide(
            frames, onListener: !isServers, caller: caller, isLedger: isServers && link.isLedger, service: services.omq)
        switch decision {
        case .answer(let answer): send(answer, .reply, name: "", on: link, from: side.other)
        case .run(let command, let name, let tag, let parts):
            let call = OMQCall(
                command: name, parts: parts,
                caller: OMQCaller(
                    publicKey: caller, address: isServers ? link.target.address : link.client.host.address,
                    connection: OMQConnection(route: link.route)))
            run(command, call, tag: tag, on: link, from: side)
        case .reply(let tag, let outcome):
            finish(request: tag.reduce(0) { $0 << 8 | UInt64($1) }, outcome)
        case .bye: link.end(by: side.other, .broken("BYE"))
        case .ignore: break
        }
    }

    /// Runs a command, unless its category has as much to do as it may.
    private func run(
        _ command: OMQService.Command, _ call: OMQCall, tag: Bytes?, on link: SimulatedLink,
        from side: SimulatedLink.Side
    ) {
        let category = String(call.command.prefix { $0 != "." })
        let limit = services.omq?.queueLimits[category]
        if let limit {
            guard load[category, default: 0] < limit else { return }
            load[category, default: 0] += 1
        }
        let work = QueueWork(link: link, tag: tag, side: side)
        handle { [self] _ in
            let parts = await command.run(call)
            if limit != nil { load[category, default: 1] -= 1 }
            answer(work, call.command, parts)
        }
    }

    private func answer(_ work: QueueWork, _ command: String, _ parts: [Bytes]?) {
        guard isOpen, let tag = work.tag, let parts else { return }
        send([Bytes("REPLY".utf8), tag] + parts, .reply, name: command, on: work.link, from: work.side.other)
    }
}

extension SimulatedLink.End {
    /// What a request that waited on the connection gives.
    var outcome: OMQOutcome {
        switch self {
        case .broken(let reason): .unreachable(reason)
        case .notMade: .unreachable("no connection could be made within 10 s")
        }
    }
}

/// Where the answer of a running command goes. Unchecked: belongs to the simulation's thread.
private struct QueueWork: @unchecked Sendable {
    var link: SimulatedLink
    var tag: Bytes?
    /// Who asked.
    var side: SimulatedLink.Side
}
