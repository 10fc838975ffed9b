import SessionProtocol

/// What owners ask for, and what other nodes tell of that, one after another, and where it leads here.
struct ChangePlan {
    let contents: DiskContents
    let index: MessageIndex
    /// What had expired by then has been removed, in milliseconds since 1970.
    var sweptAt = Int64.min
    /// How many of the changes that were told change something.
    var count = 0
    // Where earlier ones of the same plan have led.
    private var changed: [Int64: ChangedExpiry] = [:]
    private var deleted: [Int64: StoredRow] = [:]
    private var removals: [OwnedHash: Removal] = [:]
    private var awaited: [OwnedHash: AwaitedExpiry] = [:]
    private var standing: [AccountID: [StandingOrder]] = [:]
    private var revocations: [AccountID: [Revocation]] = [:]
    // Counted when they are first asked for.
    private var blindCount: OrderCount?
    private var awaitedCount: OrderCount?

    init(contents: DiskContents, index: MessageIndex) {
        self.contents = contents
        self.index = index
    }

    var transaction: WriteTransaction {
        var transaction = WriteTransaction()
        transaction.removed = deleted.values.sorted { $0.row < $1.row }
        transaction.changed = changed.values.filter { deleted[$0.row] == nil }.sorted { $0.row < $1.row }
        transaction.removals = removals.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        transaction.awaited = awaited.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        transaction.standing = standing.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        transaction.revocations = revocations.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return transaction
    }

    /// The message of a name that is still here, whose ever it is.
    private func present(_ hash: MessageHash) -> StoredRow? {
        guard let row = index.row(of: hash), deleted[row] == nil else { return nil }
        return contents.table.indexed(row)
    }

    // MARK: What is here

    /// Deletes messages for their owner, and remembers that.
    mutating func delete(_ rows: [StoredRow], at moment: Int64) {
        for stored in rows {
            deleted[stored.row] = stored
            let until = RemovalLimits.until(
                deletedAt: moment, expiry: inForce(stored).expiry, changedAt: inForce(stored).changedAt)
            removals[stored.owned] = Removal(at: moment, until: until)
        }
    }

    private func inForce(_ stored: StoredRow) -> (expiry: Int64, changedAt: Int64) {
        let change = changed[stored.row]
        return (change?.new ?? stored.message.expiry, change?.changedAt ?? stored.message.expiryChanged)
    }

    /// Takes over an expiry that was set elsewhere, if the one here yields to it.
    private mutating func setExpiry(of stored: StoredRow, to expiry: Int64, at moment: Int64) -> Bool {
        let known = inForce(stored)
        let times = MessageTimes(
            expiry: known.expiry, expiryChanged: known.changedAt, storedAt: stored.message.storedAt)
        guard times.yields(to: expiry, setAt: moment) else { return false }
        changed[stored.row] = ChangedExpiry(
            row: stored.row, old: stored.message.expiry, new: expiry, changedAt: moment)
        return true
    }

    // MARK: What is not here

    private func knownRemoval(_ name: OwnedHash) -> Removal? { removals[name] ?? contents.removals[name] }

    private func knownAwaited(_ name: OwnedHash) -> AwaitedExpiry? { awaited[name] ?? contents.awaited[name] }

    private func knownStanding(_ account: AccountID) -> [StandingOrder] {
        standing[account] ?? contents.standing[account] ?? []
    }

    private mutating func set(_ removal: Removal, of name: OwnedHash, _ room: OrderRoom) -> Bool {
        if removal.isBlind, knownRemoval(name) == nil {
            var count = blindCount ?? OrderCount(contents.removals.lazy.filter(\.value.isBlind).map(\.key.account))
            guard count.isRoom(for: name.account, in: room) else { return false }
            count.add(name.account)
            blindCount = count
        }
        removals[name] = removal
        return true
    }

    /// Remembers the deletion of a message by its owner, if it is not here.
    /// - Returns: whether it is remembered, or nobody needs that.
    mutating func noteDeletion(_ hash: MessageHash, of account: AccountID, at moment: Int64, _ room: OrderRoom) -> Bool
    {
        guard present(hash) == nil else { return true }
        let name = OwnedHash(hash: hash, account: account)
        return Removal.asked(at: moment, over: knownRemoval(name)).map { set($0, of: name, room) } ?? true
    }

    /// Remembers a deletion that was asked for here for as long as anybody may have the message.
    mutating func prolong(_ hash: MessageHash, of account: AccountID, at moment: Int64) {
        let name = OwnedHash(hash: hash, account: account)
        guard let known = knownRemoval(name), known.expiry == nil, known.at >= moment else { return }
        if let lasting = known.lasting(from: moment) { removals[name] = lasting }
    }

    /// Remembers an expiry that was set of a message which is not here.
    /// - Returns: whether it is remembered, or nobody needs that, and whether that is new.
    mutating func note(_ new: AwaitedExpiry, of name: OwnedHash, _ room: OrderRoom) -> (isKept: Bool, isNew: Bool) {
        if present(name.hash) != nil { return (true, false) }
        if let gone = knownRemoval(name), gone.expiry == nil, gone.at >= new.at { return (true, false) }
        let known = knownAwaited(name)
        let joined = known.map(new.joined) ?? new
        if joined == known { return (true, false) }
        if known == nil {
            var count = awaitedCount ?? OrderCount(contents.awaited.keys.lazy.map(\.account))
            guard count.isRoom(for: name.account, in: room) else { return (false, false) }
            count.add(name.account)
            awaitedCount = count
        }
        awaited[name] = joined
        return (true, true)
    }

    /// Remembers an order over mailboxes.
    /// - Returns: as of ``note(_:of:_:)``.
    mutating func note(_ new: StandingOrder, of account: AccountID, _ room: OrderRoom) -> (isKept: Bool, isNew: Bool) {
        let known = knownStanding(account)
        guard let all = known.adding(new) else { return (true, false) }
        if all.count > known.count {
            let total = contents.standing.merging(standing) { $1 }.values.reduce(0) { $0 + $1.count }
            guard
                room.holds(inAccount: known.count, ofAtMost: OrderLimits.standingPerAccount, onNode: total)
            else { return (false, false) }
        }
        standing[account] = all
        return (true, true)
    }

    /// Remembers the end of a revocation, also of a token that is not revoked here.
    /// - Returns: whether it is remembered, or nobody needs that, and whether the token was revoked.
    mutating func lift(
        _ token: Bytes, of account: AccountID, at moment: Int64, _ room: OrderRoom
    ) -> (isKept: Bool, wasRevoked: Bool) {
        var known = revocations[account] ?? contents.revocations[account] ?? []
        let old = known.first { $0.token == token }
        if old == nil {
            let all = contents.revocations.merging(revocations) { $1 }.values
            let lifted = all.reduce(0) { $0 + $1.count { !$0.isRevoked } }
            guard room.holds(inAccount: 0, onNode: lifted) else { return (false, false) }
        }
        guard known.note(Revocation(token: token, at: moment, isRevoked: false)) != .outdated else {
            return (true, false)
        }
        revocations[account] = known
        return (true, old?.isRevoked ?? false)
    }

    /// Remembers what was asked for of what is not here, beyond half of the room if need be.
    /// - Returns: whether it is remembered.
    mutating func remember(_ request: OwnersRequest, of account: AccountID, at moment: Int64) -> Bool {
        var isWhole = true
        switch request {
        case .deletion(let hashes):
            for hash in hashes {
                if !noteDeletion(hash, of: account, at: moment, .whole) { isWhole = false }
                prolong(hash, of: account, at: moment)
            }
        case .expiries(let expiries, let change):
            isWhole = noteExpiries(expiries, change, of: account, at: moment, .whole)
        case .lifting(let tokens):
            for token in tokens where !lift(token, of: account, at: moment, .whole).isKept { isWhole = false }
        case .revocation: break
        case .emptying, .shortening:
            if let order = request.standingOrder(at: moment) { isWhole = note(order, of: account, .whole).isKept }
        }
        return isWhole
    }

    /// Remembers expiries that were set of messages which are not here.
    /// - Returns: whether all of them are remembered.
    mutating func noteExpiries(
        _ expiries: [(hash: MessageHash, expiry: Int64)], _ change: ExpiryChange, of account: AccountID,
        at moment: Int64, _ room: OrderRoom
    ) -> Bool {
        var isWhole = true
        for (hash, bounds) in ExpiryBounds.composed(expiries, change) {
            let name = OwnedHash(hash: hash, account: account)
            if !note(AwaitedExpiry(bounds: bounds, at: moment), of: name, room).isKept { isWhole = false }
        }
        return isWhole
    }

    // MARK: What is told

    mutating func add(_ change: StoredChange) {
        if isNews(change) { count += 1 }
    }

    private mutating func isNews(_ change: StoredChange) -> Bool {
        switch change {
        case .expiry(let account, let hash, let expiry, let at):
            if let stored = present(hash) {
                guard account == nil || stored.message.account == account else { return false }
                return setExpiry(of: stored, to: expiry, at: at)
            }
            return account.map { noteExpiry(expiry, setAt: at, of: OwnedHash(hash: hash, account: $0)) } ?? false
        case .removal(let account, let hash, let at, let until):
            return remove(OwnedHash(hash: hash, account: account), at: at, until: until)
        case .revocation(let account, let token, let at, let isRevoked):
            var known = revocations[account] ?? contents.revocations[account] ?? []
            let noted = known.note(Revocation(token: token, at: at, isRevoked: isRevoked))
            if noted != .outdated { revocations[account] = known }
            return noted == .kept
        case .awaitedExpiry(let account, let hash, let bounds, let at):
            let new = AwaitedExpiry(bounds: bounds, at: at)
            guard let stored = present(hash) else {
                return note(new, of: OwnedHash(hash: hash, account: account), .told).isNew
            }
            guard stored.message.account == account else { return false }
            return set(new, of: stored)
        case .standingOrder(let account, let order): return carryOut(order, of: account)
        }
    }

    /// Remembers an expiry that was set elsewhere of a message that is not here.
    private mutating func noteExpiry(_ expiry: Int64, setAt moment: Int64, of name: OwnedHash) -> Bool {
        if let known = knownRemoval(name), known.covers(expiry, setAt: moment) { return false }
        guard expiry <= sweptAt else { return note(AwaitedExpiry(exactly: expiry, at: moment), of: name, .told).isNew }
        return Removal.lapsed(at: expiry, setAt: moment, now: sweptAt).map { set($0, of: name, .told) } ?? false
    }

    private mutating func remove(_ name: OwnedHash, at moment: Int64, until end: Int64) -> Bool {
        if let stored = present(name.hash) {
            guard stored.message.account == name.account, stored.message.storedAt <= moment else { return false }
            deleted[stored.row] = stored
            removals[name] = Removal(at: moment, until: end)
            return true
        }
        return Removal.told(at: moment, until: end, over: knownRemoval(name)).map { set($0, of: name, .told) } ?? false
    }

    /// Does to a message that is here what was asked for where it was not.
    private mutating func set(_ new: AwaitedExpiry, of stored: StoredRow) -> Bool {
        let (expiry, changedAt) = inForce(stored)
        let message = stored.message
        let current = message.dated(expiry: expiry, expiryChanged: changedAt, storedAt: message.storedAt)
        let after = new.applied(to: current)
        return after != current && setExpiry(of: stored, to: after.expiry, at: after.expiryChanged)
    }

    private mutating func carryOut(_ order: StandingOrder, of account: AccountID) -> Bool {
        guard knownStanding(account).adding(order) != nil else { return false }
        let here = index.rows(of: account, in: order.mailboxes).filter { deleted[$0] == nil }
            .map { contents.table.indexed($0) }
        var isNews = false
        switch order.effect {
        case .deletion(let limit):
            let old = here.filter { $0.message.timestamp <= limit && $0.message.storedAt <= order.at }
            delete(old, at: order.at)
            isNews = !old.isEmpty
        case .shortening(let expiry):
            for stored in here where inForce(stored).expiry > expiry {
                if setExpiry(of: stored, to: expiry, at: order.at) { isNews = true }
            }
        }
        return note(order, of: account, .told).isNew || isNews
    }
}
