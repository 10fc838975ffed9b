import SessionProtocol

extension LedgerState {
    /// Moves coins from a wallet into a node: the whole output is locked, even where only a part of it counts.
    ///
    /// - Parameter counted: at most what the entry has room for.
    mutating func lock(
        _ amount: Amount, counted: Amount, of wallet: WalletAddress, nonce: UInt64, in entry: inout ServiceNodeEntry
    ) {
        let keyImage = KeyImage.of(wallet, nonce: nonce)
        let stake = ServiceNodeEntry.Stake(
            keyImage: keyImage, outputKey: KeyImage.outputKey(wallet, nonce: nonce), amount: amount)
        if let place = entry.contributors.firstIndex(where: { $0.address == wallet }) {
            entry.contributors[place].amount = entry.contributors[place].amount + counted
            entry.contributors[place].stakes.append(stake)
        } else {
            entry.contributors.append(.init(address: wallet, reserved: .zero, amount: counted, stakes: [stake]))
        }
        balances[wallet] = (balances[wallet] ?? .zero) - amount
        keyImages[keyImage] = .locked(node: entry.node)
    }

    /// Takes a node off the list and gives every stake back (ledger §1.6).
    /// - Returns: what became free.
    mutating func release(_ entry: ServiceNodeEntry) -> Amount {
        for contributor in entry.contributors {
            for stake in contributor.stakes { free(stake.amount, keyImage: stake.keyImage, for: contributor.address) }
        }
        remove(entry)
        return entry.totalLocked
    }

    /// Takes a node off the list and keeps its stakes locked (ledger §1.6).
    /// - Parameter until: the height of the block that sets them free.
    mutating func blacklist(_ entry: ServiceNodeEntry, until: UInt64) {
        for contributor in entry.contributors {
            for stake in contributor.stakes {
                keyImages[stake.keyImage] = .blacklisted(until: until)
                figures.blacklist.append(
                    BlacklistEntry(
                        keyImage: stake.keyImage, unlockHeight: until, amount: stake.amount, node: entry.node,
                        owner: contributor.address))
            }
        }
        remove(entry)
    }

    /// Sets free what was locked until this height.
    mutating func releaseBlacklisted(at height: UInt64) -> [LedgerEvent] {
        let due = figures.blacklist.prefix { $0.unlockHeight <= height }
        guard !due.isEmpty else { return [] }
        var events: [LedgerEvent] = []
        var start = due.startIndex
        while start < due.endIndex {
            // The stakes of one node stand together.
            let ofNode = due[start...].prefix { $0.node == due[start].node }
            for entry in ofNode { free(entry.amount, keyImage: entry.keyImage, for: entry.owner) }
            let amount = ofNode.reduce(Amount.zero) { $0 + $1.amount }
            events.append(.stakesReleased(amount: amount, node: due[start].node))
            start = ofNode.endIndex
        }
        figures.blacklist.removeFirst(due.count)
        return events
    }

    /// Lets go of every node whose time has come.
    /// - Returns: what happened, and whether an active node left.
    mutating func expireNodes(at height: UInt64) -> (events: [LedgerEvent], changesActiveSet: Bool) {
        guard let earliest = figures.earliestUnlock, earliest < height else { return ([], false) }
        var events: [LedgerEvent] = []
        var changesActiveSet = false
        for entry in nodes.entries {
            guard let requested = entry.requestedUnlockHeight, requested < height else { continue }
            changesActiveSet = changesActiveSet || entry.isActive
            let amount = release(entry)
            events += [.expired(node: entry.node), .stakesReleased(amount: amount, node: entry.node)]
        }
        return (events, changesActiveSet)
    }

    private mutating func free(_ amount: Amount, keyImage: Bytes, for owner: WalletAddress) {
        keyImages[keyImage] = .spent
        balances[owner] = (balances[owner] ?? .zero) + amount
    }

    private mutating func remove(_ entry: ServiceNodeEntry) {
        nodes[entry.node] = nil
        guard entry.requestedUnlockHeight != nil else { return }
        figures.earliestUnlock = nodes.values.lazy.compactMap(\.requestedUnlockHeight).min()
    }
}
