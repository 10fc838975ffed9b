import Ledger
import NodeRuntime
import SessionCrypto
import SessionProtocol

/// How a node leaves a running network.
public enum Departure: String, Sendable, CaseIterable {
    /// In good order: it asks for its stake back, the ledger is moved on until it is gone, and it hands its records over.
    case unlock
    /// Without a word, as by a power cut.
    case crash
}

extension Testnet {
    /// Adds nodes with names that nobody had: registered with stakes from the treasury, and started.
    /// - Returns: their names.
    @discardableResult
    public func addNodes(count: Int) async throws -> [String] { try await addNodes(roll.freshNames(count)) }

    /// Adds nodes: each is registered with a stake that the treasury pays for, and started. A name of a node that left
    /// brings that node back, with its keys, its address and its disk; one that is still registered is only started.
    ///
    /// - Throws: ``NetworkError/unusableName(name:reason:)``, ``NetworkError/doesNotFit(what:needed:available:nodes:)``,
    ///   ``NetworkError/ledgerRefused(what:reason:)`` before anything is done; what keeps a node from starting.
    @discardableResult
    public func addNodes(_ added: [String]) async throws -> [String] {
        try requireUp()
        try requireNew(added)
        if settings.topology.mode != .simulated {
            try ResourceBudget(settings, nodes: nodes.count + added.count).check()
        }
        events.record(
            Event(
                .operatorAction, from: "testnet", ["action": "add", "nodes": .array(added.map(JSON.string))]))
        let members = try enroll(added)
        do {
            let ledger = try requireLedger()
            await ledger.adopt(members)
            let registered = Set(await ledger.daemon.status.nodes.map(\.node))
            let missing = members.filter { !registered.contains($0.keys.legacy.publicKey) }
            if !missing.isEmpty { try await submit(await registering(missing)) }
        } catch {
            for name in added { dismiss(name) }
            throw error
        }
        try await startNodes(added)
        return added
    }

    /// Takes nodes out of the network.
    ///
    /// - Parameter timeout: how long those that leave in good order may get nowhere with handing their records over.
    /// - Throws: ``NetworkError/unknownNode(name:known:)`` before anything is done;
    ///   ``NetworkError/notSettled(after:nodes:)`` when a node could not hand its records over: it is off the ledger then,
    ///   and still runs.
    public func removeNodes(
        _ removed: [String], leaving: Departure = .unlock, timeout: Duration = .seconds(60)
    ) async throws {
        try requireUp()
        try requireKnown(removed)
        events.record(
            Event(
                .operatorAction, from: "testnet",
                [
                    "action": "remove", "leaving": .string(leaving.rawValue),
                    "nodes": .array(removed.map(JSON.string)),
                ]))
        if leaving == .unlock {
            try await leaveLedger(removed)
            try await waitUntilHandedOver(by: Set(removed), timeout: timeout)
        }
        for name in NaturalOrder.sorted(Set(removed)) {
            guard let node = nodes[name] else { continue }
            watch.left(name)
            switch leaving {
            case .unlock: await node.stop()
            case .crash: await node.kill()
            }
            dismiss(name)
        }
    }

    /// Asks for all stakes back, and moves the ledger on until it has let the nodes go.
    private func leaveLedger(_ names: [String]) async throws {
        let ledger = try requireLedger()
        for name in names {
            guard let member = roll[name], let entry = await ledger.entry(of: member),
                entry.requestedUnlockHeight == nil
            else { continue }
            try await unlock(name)
        }
        // With blocks at intervals the requests wait for one.
        if await ledger.daemon.status.pending > 0 { try await advance(blocks: 1) }
        var last: UInt64 = 0
        for name in names {
            guard let member = roll[name], let entry = await ledger.entry(of: member) else { continue }
            last = max(last, entry.requestedUnlockHeight ?? 0)
        }
        let height = await ledger.height
        if last >= height { try await advance(blocks: Int(last - height) + 1) }
    }

    private func requireNew(_ added: [String]) throws(NetworkError) {
        var seen: Set<String> = []
        for name in added {
            do throws(TopologyError.Reason) {
                _ = try TopologyRules.nodeName(name)
            } catch {
                throw .unusableName(name: name, reason: "it \(error.text)")
            }
            guard nodes[name] == nil else { throw .unusableName(name: name, reason: "a node of the network has it") }
            guard seen.insert(name).inserted else { throw .unusableName(name: name, reason: "it is named twice") }
        }
    }

    /// Makes nodes part of the network; none of them is started.
    private func enroll(_ added: [String]) throws -> [NodeMember] {
        var members: [NodeMember] = []
        do {
            for name in added {
                let member = try roll.add(name)
                nodes[name] =
                    try departed.removeValue(forKey: name)
                    ?? world.node(member, ledger: ledger.peer(for: member), events: events)
                watch.joined(member)
                members.append(member)
            }
        } catch {
            for member in members { dismiss(member.name) }
            throw error
        }
        return members
    }

    /// A node that does not run is no part of the network any more.
    private func dismiss(_ name: String) {
        watch.left(name)
        departed[name] = nodes.removeValue(forKey: name)
    }
}
