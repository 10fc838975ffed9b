import NodeRuntime
import SessionProtocol
import Swarms

extension LedgerDaemon {
    /// Makes a block of everything that waits, and tells everyone.
    func makeBlock() {
        let wallSeconds = environment.clock.wallMilliseconds / 1_000
        let block = chain.produceBlock(timestamp: wallSeconds)
        waitingProofs = nil
        record(block)
        provePendingRegistrations(in: block)
        // Proofs that the registrations set off are in this block's answers already.
        waitingProofs = nil
        notify(of: block)
    }

    /// `nil` while nothing waits.
    var timeUntilBlock: Duration? {
        guard let waitingProofs else { return nil }
        let due = min(
            waitingProofs.last + configuration.proofQuiet, waitingProofs.first + configuration.proofLongestWait)
        return max(.zero, due - environment.clock.uptime)
    }

    /// Offers a node's proof to the ledger, if one is due.
    func sendDueProof(of caller: X25519PublicKey) {
        guard acceptDueProof(of: caller) else { return }
        let now = environment.clock.uptime
        waitingProofs = (first: waitingProofs?.first ?? now, last: now)
        guard configuration.blockTime == .auto else { return }
        if proofs.byNode.count == chain.state.nodes.count { makeBlock() } else { wake() }
    }

    /// - Returns: whether peers must learn a new address.
    private func acceptDueProof(of caller: X25519PublicKey) -> Bool {
        let now = environment.clock.uptime
        guard let proof = daemons[caller]?.dueProof(at: now) else { return false }
        let verdict = proofs.offer(
            proof, isRegistered: chain.state.nodes[proof.node] != nil, at: now,
            timestamp: environment.clock.wallMilliseconds / 1_000)
        guard case .accepted(let isNewAddress) = verdict else { return false }
        daemons[caller]?.proofWasAccepted(at: now)
        record(.uptimeProof, ["node": .string(proof.node.hex), "height": .uint(chain.top.height)])
        return isNewAddress
    }

    private func provePendingRegistrations(in block: Block) {
        var registered: Set<LegacyPublicKey> = []
        for case .registered(let node, _) in block.events {
            proofs.forget(node)
            registered.insert(node)
        }
        guard !registered.isEmpty else { return }
        for caller in sortedCallers() where daemons[caller].map({ registered.contains($0.node) }) == true {
            daemons[caller]?.wasRegistered()
            _ = acceptDueProof(of: caller)
        }
    }

    private func notify(of block: Block) {
        subscriptions.removeExpired(at: environment.clock.uptime)
        let parts = [Bytes(String(block.height).utf8), block.hash.bytes]
        for connection in subscriptions.connections {
            environment.transport.push("notify.block", parts, to: connection)
        }
    }

    private func record(_ block: Block) {
        let height = JSON.uint(block.height)
        var registrations = 0
        for event in block.events {
            switch event {
            case .registered(let node, let stake):
                registrations += 1
                record(
                    .nodeRegistered,
                    ["node": .string(node.hex), "height": height, "stake": .uint(stake.atomic)])
            case .swarmsAssigned:
                let swarms = chain.swarms.swarms.map { id, members in
                    (id.hex, JSON.array(members.map { .string($0.hex) }))
                }
                record(
                    .swarmsAssigned,
                    ["height": height, "swarms": .object(Dictionary(uniqueKeysWithValues: swarms))])
            default: break
            }
        }
        record(
            .block,
            [
                "height": height, "hash": .string(block.hash.hex), "registrations": .int(registrations),
                "active": .int(chain.entries.count(where: \.isActive)),
            ])
    }

    private func record(_ kind: EventKind, _ fields: [String: JSON]) {
        environment.events.record(Event(kind, from: Self.name, fields))
    }
}
