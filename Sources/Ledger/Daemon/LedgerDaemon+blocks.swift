import NodeRuntime
import SessionProtocol
import Storage

extension LedgerDaemon {
    /// Makes a block of everything that waits, keeps it, and then tells everyone. One that cannot be kept was never made;
    /// ``run()`` tries again until it can.
    func makeBlock() {
        guard !isClosed else { return }
        let block: Block
        if let archive = configuration.archive {
            do throws(StorageError) {
                block = try chain.produceBlock(timestamp: timestamp) { block throws(StorageError) in
                    try archive.append([block.record.stored()])
                }
            } catch {
                return couldNotKeep(error)
            }
            couldKeep()
        } else {
            block = chain.produceBlock(timestamp: timestamp)
        }
        waitingProofs = nil
        settle(block)
        record(events(of: block))
        proveRegistered(in: [block])
        testNodes(after: block)
        notify()
    }

    /// Writes to the archive, if there is one.
    func keep(_ write: (any BlockArchive) throws(StorageError) -> Void) throws(StorageError) {
        guard let archive = configuration.archive else { return }
        do throws(StorageError) {
            try write(archive)
        } catch {
            couldNotKeep(error)
            throw error
        }
        couldKeep()
    }

    /// Says so once, not with every try.
    private func couldNotKeep(_ error: StorageError) {
        let isNew = failure == nil
        failure = error
        guard isNew, !isClosed else { return }
        // Not held back: it is no outcome of a block.
        environment.events.record(.writingFailed("\(error)", disk: error.isOfDisk, of: Self.name))
        troubles.yield()
    }

    private func couldKeep() {
        guard failure != nil else { return }
        failure = nil
        environment.events.record(Event(.writingResumed, from: Self.name))
        // Blocks that were due meanwhile.
        wake()
    }

    /// `nil` while nothing waits.
    var timeUntilBlock: Duration? {
        guard let waitingProofs, failure == nil else { return nil }
        let due = min(
            waitingProofs.last + configuration.proofQuiet, waitingProofs.first + configuration.proofLongestWait)
        return max(.zero, due - environment.clock.uptime)
    }

    /// Offers a node's proof to the ledger, if one is due.
    func sendDueProof(of caller: X25519PublicKey) {
        guard acceptDueProof(of: caller) else { return }
        let uptime = environment.clock.uptime
        waitingProofs = (first: waitingProofs?.first ?? uptime, last: uptime)
        guard configuration.blockTime == .auto else { return }
        if proofs.byNode.count == chain.state.nodes.count { makeBlock() } else { wake() }
    }

    /// - Returns: whether peers must learn a new address.
    private func acceptDueProof(of caller: X25519PublicKey) -> Bool {
        guard let proof = daemons[caller]?.dueProof(at: now) else { return false }
        let verdict = proofs.offer(
            proof, isRegistered: chain.state.nodes[proof.node] != nil, at: now, timestamp: timestamp)
        guard case .accepted(let isNewAddress) = verdict else { return false }
        daemons[caller]?.proofWasAccepted(at: now)
        record(.uptimeProof, ["node": .string(proof.node.hex), "height": .uint(chain.top.height)])
        return isNewAddress
    }

    /// Draws the consequences of a new block for what is known of its nodes.
    func settle(_ block: Block) {
        for event in block.events {
            switch event {
            case .registered(let node, _), .expired(let node), .deregistered(let node, _, _, _): proofs.forget(node)
            case .activated(let node), .recommissioned(let node, _): proofs.excuse(node, at: now)
            case .decommissioned(let node, _, _): proofs.void(node)
            case .swarmsAssigned: remember(SwarmChange.made(by: block, of: chain))
            default: break
            }
        }
    }

    /// Lets nodes that blocks registered prove themselves: the answers after the block then show where they are.
    func proveRegistered(in blocks: [Block]) {
        var registered: Set<LegacyPublicKey> = []
        for block in blocks {
            for case .registered(let node, _) in block.events { registered.insert(node) }
        }
        guard !registered.isEmpty else { return }
        for caller in sortedCallers() where daemons[caller].map({ registered.contains($0.node) }) == true {
            daemons[caller]?.wasRegistered()
            _ = acceptDueProof(of: caller)
        }
        waitingProofs = nil
    }

    /// Tells everyone of the newest block that they may know of.
    func notify() {
        subscriptions.removeExpired(at: environment.clock.uptime)
        notify(subscriptions.subscribers)
    }

    /// Tells nodes of the newest block again that subscribed to blocks, but may not have been ready to take one in.
    public func remind(_ nodes: Set<LegacyPublicKey>) {
        subscriptions.removeExpired(at: environment.clock.uptime)
        notify(subscriptions.subscribers.filter { node(of: $0.caller).map { nodes.contains($0.node) } == true })
    }

    /// Tells these of the newest block that each of them may know of.
    func notify(_ subscribers: [BlockSubscriptions.Subscriber]) {
        var notices: [UInt64: [Bytes]] = [:]
        for subscriber in subscribers {
            let lag = lag(of: subscriber.caller)
            let top = ChainView(chain, lag: lag).top
            // Whoever is later than the chain is old knows that it has not begun.
            guard top.height > 0 else { continue }
            let notice = notices[lag] ?? [Bytes(String(top.height).utf8), top.hash.bytes]
            notices[lag] = notice
            environment.transport.push("notify.block", notice, to: subscriber.connection)
        }
    }

    private func remember(_ changes: [SwarmChange]) {
        swarmChanges += changes
        let surplus = swarmChanges.count - SwarmChange.mostRemembered
        if surplus > 0 { swarmChanges.removeFirst(surplus) }
    }
}
