import NodeRuntime
import SessionCrypto
import SessionProtocol
import Storage

extension Testnet {
    /// Does something to nodes, in the order named.
    /// - Returns: what became of each.
    /// - Throws: ``NetworkError/unknownNode(name:known:)`` before anything is done.
    @discardableResult
    public func act(_ action: NodeAction, on targets: [String]) async throws -> [NodeChange] {
        try requireKnown(targets)
        events.record(
            Event(
                .operatorAction, from: "testnet",
                ["action": .string(action.rawValue), "nodes": .array(targets.map(JSON.string))]))
        var changes: [NodeChange] = []
        for name in targets {
            guard let node = nodes[name] else { continue }
            let before = await node.state
            switch action {
            case .kill: await node.kill()
            case .pause: await node.pause()
            case .resume: try await node.resume()
            case .restart:
                let directory = settings.directory.node(name)
                // What cannot write when it starts would only be stopped.
                if settings.topology.mode != .simulated, before != .stopped {
                    try OwnerOnly.requireRoom(in: directory.path)
                }
                await node.stop()
                try await startNode(name)
            }
            let after = await node.state
            changes.append(NodeChange(node: name, before: before, after: after, isStarted: action == .restart))
        }
        return changes
    }

    /// - Throws: ``NetworkError/unknownNode(name:known:)``
    func requireKnown(_ targets: [String]) throws(NetworkError) {
        for name in targets where nodes[name] == nil { throw .unknownNode(name: name, known: names) }
    }

    /// Starts nodes at the same time, and waits until all answer.
    func startNodes(_ names: [String]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names { group.addTask { try await self.startNode(name) } }
            try await group.waitForAll()
        }
    }

    /// Starts a node that does not run, and waits until it answers.
    func startNode(_ name: String) async throws {
        try requireUp()
        guard let node = nodes[name] else { return }
        let bound: ListenerPorts?
        do {
            bound = try await node.start(on: ports[name])
        } catch let error as RunError {
            throw error
        } catch {
            if let trouble = events.diskTrouble(of: name) {
                throw ReadinessError.nodeCannotWrite(name: name, reason: trouble)
            }
            throw ReadinessError.nodeEnded(
                name: name, reason: "\(error)",
                lastLines: NodeLogTail.lines(of: name, in: settings.directory, count: 10))
        }
        guard let bound else { return }
        ports[name] = bound
        if try await answers(node.member, port: bound.http ?? 0) { watch.answered(node: name) }
    }

    /// Whether a node answers on its HTTPS port as itself.
    private nonisolated func answers(_ member: NodeMember, port: UInt16) async throws -> Bool {
        let ping = OutgoingPost(
            url: "https://\(member.address):\(port)/ping_test/v1", body: [], timeout: .seconds(10))
        return NodeAnswer.isOf(member, try await world.probe(member).postOnce(ping))
    }

    /// Where a node listens and sends from, as link rules name it; `nil` when there never was a node of that name.
    public nonisolated func address(ofNode name: String) -> IPv4Address? {
        roll[name]?.address
    }

    /// Asks every node what it holds, and records the answers.
    public func takeInventory() async {
        await withTaskGroup(of: Void.self) { group in
            for name in names {
                guard let node = nodes[name] else { continue }
                group.addTask { [events] in
                    let key = JSON.string(node.member.keys.legacy.publicKey.hex)
                    do {
                        let records =
                            if let external = node.external {
                                try await self.inboxes(at: external)
                            } else {
                                try await node.inventory()
                            }
                        events.record(Event(.inventoryTaken, from: name, ["node": key, "records": records]))
                    } catch {
                        let isDamage =
                            (error as? NodeControlClient.Failure)?.isDamage ?? (error as? StorageError)?.isDamage
                            ?? false
                        events.record(
                            Event(
                                .inventoryFailed, from: name,
                                ["node": key, "reason": .string("\(error)"), "damaged": .bool(isDamage)]))
                    }
                }
            }
        }
    }
}
