import SessionProtocol

/// What falls due, and what owners change about that.
extension SQLiteMessageStore {
    public func removeExpired(at now: Int64) async throws(StorageError) -> Int {
        var total = 0
        while true {
            let file = try open()
            let (messages, others) = try file.sweep(at: now, limit: Self.rowsPerPart)
            total += messages
            guard max(messages, others) == Self.rowsPerPart else {
                file.sweptAt = now
                return total
            }
            await Task.yield()
        }
    }

    public func shortenAll(
        of account: AccountID, in mailboxes: MailboxSelection, to expiry: Int64, at moment: Int64
    ) async throws(StorageError) -> [MessageName] {
        let order = StandingOrder(mailboxes, .shortening(to: expiry), at: moment)
        return try await inParts(of: mailboxes) { file, place throws(StorageError) in
            try file.change(toDo: "change expiries") { () throws(StorageError) in
                _ = try file.note(order, of: account, .spare)
                let part = try file.part(of: account, at: place)
                let later = part.messages.filter { $0.own.takes(expiry, .shorten, at: moment) }
                for message in later { try file.setExpiry(of: message.own.row, to: expiry, at: moment) }
                return (part, later.map(\.name))
            }
        }.sorted()
    }

    public func expire(
        _ expiries: [(hash: MessageHash, expiry: Int64)], of account: AccountID, change: ExpiryChange, at moment: Int64
    ) async throws(StorageError) -> ExpiryReceipt {
        var receipt = ExpiryReceipt()
        // Worked out when the first message is found missing.
        var bounds: [MessageHash: ExpiryBounds]?
        try await inParts(expiries) { file, part throws(StorageError) in
            let outcomes = try file.change(toDo: "change expiries") { () throws(StorageError) in
                var outcomes: [(hash: MessageHash, isUpdated: Bool, expiry: Int64)] = []
                var updated: Set<MessageHash> = []
                for (hash, expiry) in part {
                    guard let known = try file.own(hash, of: account) else {
                        let asked = bounds ?? Dictionary(uniqueKeysWithValues: ExpiryBounds.composed(expiries, change))
                        bounds = asked
                        let new = asked[hash].map { AwaitedExpiry(bounds: $0, at: moment) }
                        let name = OwnedHash(hash: hash, account: account)
                        if let new { _ = try file.note(new, of: name, .spare) }
                        continue
                    }
                    let isAgain = updated.contains(hash) || receipt.updated[hash] != nil
                    let applies = known.takes(expiry, change, at: moment, again: isAgain)
                    if applies {
                        try file.setExpiry(of: known.row, to: expiry, at: moment)
                        updated.insert(hash)
                    }
                    outcomes.append((hash, applies, applies ? expiry : known.expiry))
                }
                return outcomes
            }
            for outcome in outcomes { receipt.note(outcome.hash, updated: outcome.isUpdated, expiry: outcome.expiry) }
        }
        return receipt
    }

    public func expiries(
        of hashes: [MessageHash], account: AccountID
    ) async throws(StorageError) -> [MessageHash: Int64] {
        var expiries: [MessageHash: Int64] = [:]
        try await inParts(hashes) { file, part throws(StorageError) in
            for hash in part {
                if let known = try file.own(hash, of: account) { expiries[hash] = known.expiry }
            }
        }
        return expiries
    }
}

extension MessageFile {
    /// Forgets at most so many messages and so many of the other things that need not be remembered any more.
    fileprivate func sweep(at now: Int64, limit: Int) throws(StorageError) -> (messages: Int, others: Int) {
        let values: [SQLiteStatement.Value] = [.integer(now), .integer(Int64(limit))]
        let (lifted, overflow) = now.subtractingReportingOverflow(RevocationLimits.liftedMilliseconds)
        return try change(toDo: "remove expired messages") { () throws(StorageError) in
            try sweeps.rememberLapsed.run(values)
            let messages = try deleting { () throws(StorageError) in
                try sweeps.removeExpired.run(values)
                return connection.changedRows
            }
            try sweeps.forgetRemovals.run(values)
            let others = connection.changedRows
            try sweeps.forgetLifted.run([.integer(overflow ? .min : lifted)])
            let (asked, isEarlier) = now.subtractingReportingOverflow(OrderLimits.milliseconds)
            for forget in [sweeps.forgetAwaited, sweeps.forgetStanding] {
                try forget.run([.integer(isEarlier ? .min : asked)])
            }
            return (messages, others)
        }
    }
}
