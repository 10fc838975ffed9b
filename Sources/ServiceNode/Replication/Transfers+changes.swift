import NodeRuntime
import SessionProtocol
import Storage

/// Keeping members of a swarm of one mind about what clients changed: expiries, deletions and revocations that not all
/// of them heard of. Of two changes of the same thing the later one holds. Beyond the reference, whose nodes never
/// learn of what they missed; its nodes are asked once and left alone then.
extension Transfers {
    private static let exchangeTimeout = Duration.seconds(5)
    /// How far back an exchange goes that one missed change brings about, in milliseconds: no two clocks of a swarm
    /// are further apart, or signatures would not be accepted (storage-node §3.4).
    static let changeMargin: Int64 = 60_000
    /// Changes from further ahead of this node's clock are not taken, in milliseconds: they would hold for ever.
    private static let farthestAhead: Int64 = 86_400_000

    /// Whether something can have been changed at a moment, which another node names and which may be any number.
    static func isPossible(_ moment: Int64, at now: Int64) -> Bool { moment >= 0 && moment <= now + farthestAhead }

    /// A peer did not make a change that a client asked the swarm for, such as a deletion: the two exchange what they
    /// know as soon as it answers.
    func missedChange(by peer: NodeRecord) { exchangeChanges(with: [peer], isUrgent: false) }

    /// What a request changed here and at a peer may not be the same: one of them may not have known of a message yet,
    /// or any more.
    /// - Returns: whether both did it, and it is the same.
    func compareChange(_ own: [String: ReplyValue], with entry: [String: ReplyValue], of peer: NodeRecord) -> Bool {
        guard own["failed"] == nil, entry["failed"] == nil else {
            missedChange(by: peer)
            return false
        }
        let isSame = ["deleted", "updated", "unchanged", "count"].allSatisfy { own[$0] == entry[$0] }
        if !isSame { exchangeChanges(with: [peer], isUrgent: true) }
        return isSame
    }

    /// A client's change was made under a membership that may not be in force any more: others may have to be told of
    /// it.
    func changed(under snapshot: Membership) {
        guard let current = membership.current, current.blockHash != snapshot.blockHash else { return }
        let known = Set(snapshot.peers.map(\.x25519))
        exchangeChanges(with: current.peers.filter { !known.contains($0.x25519) }, isUrgent: true)
        if current.layout != snapshot.layout { sortAnew() }
    }

    /// Exchanges what was changed lately, as soon as a peer answers.
    private func exchangeChanges(with peers: [NodeRecord], isUrgent: Bool) {
        let since = environment.clock.wallMilliseconds - Self.changeMargin
        let members = Set(membership.current?.peers.map(\.x25519) ?? [])
        amend(peers.map(\.x25519).filter(members.contains), since: since, isUrgent: isUrgent)
    }

    /// Pays one peer's part of the changes that one of the two may have missed.
    func exchangeMissedChanges(with key: X25519PublicKey) async throws {
        let pause = Pause.amending(key)
        var backoff = Backoff()
        if let amendment = withPending({ $0.amendments[key] }), !amendment.isUrgent {
            // It has just failed.
            try await self.pause(pause, for: backoff.next())
        }
        while let amendment = withPending({ $0.amendments[key] }), let current = membership.current {
            guard let peer = current.peer(key) else { return dropStranger(key) }
            guard !peers.isFailing(peer) else {
                // It is being asked whether it is back.
                try await self.pause(pause, for: .seconds(30)) { self.peers.isFailing(peer) }
                continue
            }
            switch try await exchangeChanges(
                with: peer, since: amendment.since, asks: amendment.asks, current.layout)
            {
            case .done(let learned):
                withPending { $0.amended(amendment, with: key) }
                // The others may not know of it either.
                if learned > 0 {
                    let others = current.peers.map(\.x25519).filter { $0 != key }
                    amend(others, since: amendment.since, isUrgent: true)
                }
            case .unsupported: cannotExchange(with: key)
            case .failed(let reason):
                failed(peer, reason)
                try await self.pause(pause, for: backoff.next())
            }
        }
    }

    enum Exchange {
        /// And so many changes were news here.
        case done(learned: Int)
        /// The peer does not know how, but it answers.
        case unsupported
        case failed(String)
    }

    /// Tells a peer of this node's changes and takes in its own, a page each at a time.
    /// - Parameter asks: whether it may know some that this node lacks. If not, and there is none to tell, it hears nothing.
    func exchangeChanges(
        with peer: NodeRecord, since: Int64, asks: Bool = true, _ layout: SwarmLayout
    ) async throws -> Exchange {
        do {
            var told: Int64? = since
            var asked: Int64? = asks ? since : nil
            var (lastTold, lastHeard): (StoredChange?, StoredChange?)
            var learned = 0
            while told != nil || asked != nil {
                var page: [StoredChange] = []
                if let moment = told {
                    page = try await environment.store.changes(
                        since: moment, after: lastTold, limit: Limits.changesPerPage)
                    lastTold = page.last
                    if page.count < Limits.changesPerPage { told = nil }
                }
                let news = page.filter { $0.concerns(layout) }
                if news.isEmpty, asked == nil { continue }
                let question = ChangeQuestion(
                    told: news, since: asked, last: lastHeard)
                let outcome = await askOwnKind(peer, "sn.data_changes", question.encoded, timeout: Self.exchangeTimeout)
                try Task.checkCancellation()
                guard let outcome else { return .unsupported }
                guard case .reply(let parts) = outcome, parts.count == 1, let heard = Self.changes(in: parts[0])
                else { return .failed(PushOutcome(outcome).failure ?? "nonsense") }
                if heard.count < Limits.changesPerPage {
                    asked = nil
                } else if let last = lastHeard, let next = heard.last, !last.precedes(next) {
                    // It would go on like this for ever.
                    return .failed("a page of changes does not go on from the last one")
                }
                learned += try await take(heard, layout)
                lastHeard = heard.last
            }
            return .done(learned: learned)
        } catch let error as StorageError {
            return .failed("\(error)")
        }
    }

    private static func changes(in part: Bytes) -> [StoredChange]? {
        // The caller says that it is nonsense; the parser's reason is of no use to it.
        (try? Bencode(parsing: part)).flatMap(ChangeList.decode)
    }

    /// `sn.data_changes`: takes in what a peer knows was changed, and answers with what this node knows, a page at a
    /// time. Only for peers of the swarm.
    func changes(_ parts: [Bytes], for caller: X25519PublicKey) async -> [Bytes]? {
        guard let snapshot = membership.current, snapshot.peer(caller) != nil else { return Self.notResponsible }
        provedOwnKind(caller)
        guard let question = ChangeQuestion(parts) else {
            return [Bytes("400".utf8), Bytes("not a list of at most \(Limits.changesPerPage) changes".utf8)]
        }
        do throws(StorageError) {
            // Before it is told of: what it knows is not news to it.
            let page = try await page(for: question)
            _ = try await take(question.told, snapshot.layout)
            // Unfiltered: the caller goes on after the last, and leaves out what does not concern it.
            return [ChangeList.encode(page).encoded]
        } catch {
            return [Bytes("500".utf8), Bytes("\(error)".utf8)]
        }
    }

    /// As much as one answer holds of what a peer asks for.
    private func page(for question: ChangeQuestion) async throws(StorageError) -> [StoredChange] {
        var page: [StoredChange] = []
        guard let since = question.since else { return page }
        var last = question.last
        while page.count < Limits.changesPerPage {
            let more = try await environment.store.changes(since: since, after: last, limit: Limits.changesPerPage)
            page += question.knowsOrders ? more : more.compactMap(\.forOlder)
            guard let end = more.last, more.count == Limits.changesPerPage else { break }
            last = end
        }
        return Array(page.prefix(Limits.changesPerPage))
    }

    /// `sn.data_amend`: what was deleted and revoked of the accounts that another swarm hands over.
    /// - Returns: the reply's frames: none when all was taken; `nil`, no reply, for nonsense.
    func amend(_ parts: [Bytes]) async -> [Bytes]? {
        guard parts.count == 1, let changes = Self.changes(in: parts[0]) else { return nil }
        guard let layout = membership.current?.layout else { return Self.notResponsible }
        do throws(StorageError) {
            _ = try await take(changes, layout)
        } catch {
            return [Bytes("500".utf8), Bytes("\(error)".utf8)]
        }
        guard changes.allSatisfy({ $0.concerns(layout) }) else {
            // As with messages: one of the two tables is old.
            membership.look()
            return Self.notResponsible
        }
        return []
    }

    /// - Returns: how many changes were news.
    func take(_ changes: [StoredChange], _ layout: SwarmLayout) async throws(StorageError) -> Int {
        let now = environment.clock.wallMilliseconds
        let possible = changes.filter {
            $0.concerns(layout) && Self.isPossible($0.moment, at: now)
                && $0.ends(by: now + Self.farthestAhead + Limits.longestPrivateTTL)
        }
        guard !possible.isEmpty else { return 0 }
        return try await environment.store.apply(possible)
    }
}

extension StoredChange {
    /// Whose it is; `nil` if that was not told.
    var account: AccountID? {
        switch self {
        case .expiry(let account, _, _, _): account
        case .removal(let account, _, _, _), .revocation(let account, _, _, _), .awaitedExpiry(let account, _, _, _),
            .standingOrder(let account, _):
            account
        }
    }

    /// As nodes up to version 0.3.1 read it; `nil` if they do not know its kind.
    var forOlder: StoredChange? {
        switch self {
        case .expiry(_, let hash, let expiry, let at):
            .expiry(account: nil, hash: hash, expiry: expiry, changedAt: at)
        case .removal, .revocation: self
        case .awaitedExpiry, .standingOrder: nil
        }
    }

    /// Whether a node of this layout should know of it.
    fileprivate func concerns(_ layout: SwarmLayout) -> Bool { account.map(layout.isResponsible) ?? true }

    /// Whether it is of no use after a moment, in milliseconds since 1970. No message lives longer, nor does anyone
    /// have to know for longer that one was deleted.
    fileprivate func ends(by latest: Int64) -> Bool {
        switch self {
        case .expiry(_, _, let expiry, _): expiry >= 0 && expiry <= latest
        case .removal(_, _, _, let until): until >= 0 && until <= latest
        case .revocation, .standingOrder: true
        case .awaitedExpiry(_, _, let bounds, _): bounds.earliest <= latest && bounds.latest >= 0
        }
    }
}
