import SessionProtocol

/// What owners ask for of messages that are not here.
extension SQLiteMessageStore {
    public func remember(
        _ request: OwnersRequest, of account: AccountID, at moment: Int64
    ) async throws(StorageError) {
        let operation = "remember what owners ask for"
        var isWhole = true
        switch request {
        case .deletion(let hashes):
            try await inParts(hashes) { file, part throws(StorageError) in
                try file.change(toDo: operation) { () throws(StorageError) in
                    for hash in part {
                        if try !file.noteDeletion(hash, of: account, at: moment, .whole) { isWhole = false }
                        try file.prolongDeletion(hash, of: account, at: moment)
                    }
                }
            }
        case .expiries(let expiries, let change):
            try await inParts(ExpiryBounds.composed(expiries, change)) { file, part throws(StorageError) in
                try file.change(toDo: operation) { () throws(StorageError) in
                    for (hash, bounds) in part {
                        let new = AwaitedExpiry(bounds: bounds, at: moment)
                        let name = OwnedHash(hash: hash, account: account)
                        if try !file.note(new, of: name, .whole).isKept { isWhole = false }
                    }
                }
            }
        case .lifting(let tokens):
            try await inParts(tokens) { file, part throws(StorageError) in
                try file.change(toDo: operation) { () throws(StorageError) in
                    for token in part {
                        if try !file.lift(token, of: account, at: moment, .whole).isKept { isWhole = false }
                    }
                }
            }
        case .revocation: _ = try open()
        case .emptying, .shortening:
            let file = try open()
            guard let order = request.standingOrder(at: moment) else { return }
            try file.change(toDo: operation) { () throws(StorageError) in
                isWhole = try file.note(order, of: account, .whole).isKept
            }
        }
        if !isWhole { throw .full }
    }

    /// Does what was asked for of mailboxes on another node, unless something that was asked for here makes it needless.
    /// - Returns: whether that changed anything.
    func carryOut(_ order: StandingOrder, of account: AccountID) async throws(StorageError) -> Bool {
        guard try open().standing(of: account).adding(order) != nil else { return false }
        let (changed, parts) = try await change(order, of: account)
        // Once it is known, nothing comes in that it concerns. Cut short before that, it is done again when it is told
        // again.
        let file = try open()
        let isNew = try file.change(toDo: Self.takingOver) { () throws(StorageError) in
            try file.note(order, of: account, .told).isNew
        }
        if parts > 1 { _ = try await change(order, of: account) }
        return changed > 0 || isNew
    }

    static let takingOver = "take over changes"

    private func change(
        _ order: StandingOrder, of account: AccountID
    ) async throws(StorageError) -> (changed: Int, parts: Int) {
        var parts = 0
        let changed = try await inParts(of: order.mailboxes) { file, place throws(StorageError) in
            parts += 1
            return try file.change(toDo: Self.takingOver) { () throws(StorageError) in
                try file.deleting { () throws(StorageError) in
                    let part = try file.part(of: account, at: place)
                    return (part, try file.carryOut(order, of: account, on: part.messages))
                }
            }
        }
        return (changed.count, parts)
    }
}

extension MessageFile {
    /// - Returns: those that it concerns.
    fileprivate func carryOut(
        _ order: StandingOrder, of account: AccountID, on messages: [MailboxPart.Message]
    ) throws(StorageError) -> [MessageName] {
        switch order.effect {
        case .deletion(let limit):
            let old = messages.filter { $0.timestamp <= limit && $0.own.storedAt <= order.at }
            for message in old { try delete(message.own, named: message.name.hash, of: account, at: order.at) }
            return old.map(\.name)
        case .shortening(let expiry):
            let later = messages.filter { $0.own.takes(expiry, .shorten, at: order.at) }
            for message in later { try setExpiry(of: message.own.row, to: expiry, at: order.at) }
            return later.map(\.name)
        }
    }
}
