import NodeRuntime
import SessionProtocol
import Storage

/// Finding out what this node and a peer of its swarm do not both hold: beyond the reference, which never asks.
extension Transfers {
    private static let requestTimeout = Duration.seconds(15)
    /// How long peers get to push before a node that came into their swarm asks.
    private static let settlingTime = Duration.seconds(1)

    private enum Comparison {
        /// And so much was news here: messages, and changes of clients.
        case done(learned: Int)
        /// The peer does not know how, but it answers.
        case unsupported
        case failed(String)
    }

    /// Compares with one peer after another, so that each record is fetched once.
    func compareWithPeers() async throws {
        var backoff = Backoff()
        if takeWaitBeforeComparing() { try await environment.clock.sleep(for: Self.settlingTime) }
        while true {
            let wanted = withPending { $0.comparisons }
            guard let current = membership.current, !wanted.isEmpty else { return }
            var isComplete = true
            var absent: [NodeRecord] = []
            var upToDate: [X25519PublicKey] = []
            for key in wanted.keys where current.peer(key) == nil { dropStranger(key) }
            for peer in current.peers {
                guard let revision = wanted[peer.x25519] else { continue }
                switch try await compare(with: peer, current.layout) {
                case .done(let learned):
                    if learned > 0 {
                        // Those who were asked before may lack the same.
                        withPending { [upToDate] in $0.compare(with: upToDate) }
                        upToDate = []
                    }
                    upToDate.append(peer.x25519)
                case .unsupported:
                    cannotCompare(with: peer.x25519)
                case .failed(let reason):
                    failed(peer, reason)
                    isComplete = false
                    if peers.isFailing(peer) { absent.append(peer) }
                    continue
                }
                withPending { $0.compared(with: peer.x25519, revision: revision) }
            }
            guard !isComplete else { continue }
            try await pause(.comparing, for: backoff.next()) { [absent] in absent.allSatisfy(self.peers.isFailing) }
        }
    }

    private func compare(with peer: NodeRecord, _ layout: SwarmLayout) async throws -> Comparison {
        do {
            // First, so that nothing is sent that was deleted.
            switch try await exchangeChanges(with: peer, since: 0, layout) {
            case .done(let learned): return try await compare(with: peer, layout, learned: learned)
            case .unsupported: return .unsupported
            case .failed(let reason): return .failed(reason)
            }
        } catch let error as StorageError {
            return .failed("\(error)")
        }
    }

    /// Goes through the hashes on both sides in their order, a page of the peer's at a time.
    private func compare(
        with peer: NodeRecord, _ layout: SwarmLayout, learned: Int
    ) async throws -> Comparison {
        var last: MessageHash?
        var fetched = 0
        repeat {
            guard !peers.isFailing(peer) else { return .failed("no answer") }
            let question = Bytes((last?.text ?? "").utf8)
            let outcome = await askOwnKind(peer, "sn.data_hashes", question, timeout: Self.requestTimeout)
            try Task.checkCancellation()
            guard let outcome else { return .unsupported }
            let page: [MessageHash]
            switch outcome {
            case .reply(let parts):
                guard let hashes = HashList.decode(parts) else {
                    return .failed(PushOutcome(outcome).failure ?? "nonsense")
                }
                page = hashes
            case .timedOut, .refused, .unreachable: return .failed(PushOutcome(outcome).failure ?? "")
            }
            let end = page.count < Limits.hashesPerPage ? nil : page.last
            if let last, let end, end <= last {
                // It would go on like this for ever.
                return .failed("a page of hashes does not go on from the last one")
            }
            if let reason = try await exchange(with: peer, page, after: last, upTo: end, layout, &fetched) {
                return .failed(reason)
            }
            last = end
        } while last != nil
        return .done(learned: learned + fetched)
    }

    /// Evens out one range of hashes.
    /// - Returns: why that did not work; `nil` when it did.
    private func exchange(
        with peer: NodeRecord, _ page: [MessageHash], after start: MessageHash?, upTo end: MessageHash?,
        _ layout: SwarmLayout, _ fetched: inout Int
    ) async throws -> String? {
        var lackingHere = Set(page)
        var last = start
        let now = environment.clock.wallMilliseconds
        while true {
            let entries = try await environment.store.entries(after: last, limit: Limits.hashesPerPage)
            let inRange = entries.prefix { entry in end.map { entry.hash <= $0 } ?? true }
            let lackingThere = inRange.filter { entry in
                lackingHere.remove(entry.hash) == nil && entry.expiry > now && layout.isResponsible(for: entry.account)
            }
            if let reason = try await push(lackingThere, to: peer, layout) { return reason }
            guard inRange.count == Limits.hashesPerPage else { break }
            last = inRange.last?.hash
        }
        return try await fetch(page.filter { lackingHere.contains($0) }, from: peer, &fetched)
    }

    private func push(_ entries: [StoredEntry], to peer: NodeRecord, _ layout: SwarmLayout) async throws -> String? {
        var left = entries[...]
        while !left.isEmpty, let swarm = layout.own {
            var batch = DataBatch<StoredEntry>(isFirst: left.count == entries.count)
            while let next = left.first, batch.add(next, hash: next.hash, dataBytes: next.dataBytes) {
                left.removeFirst()
            }
            let messages = try await environment.store.messages(named: batch.elements.map(\.hash))
            if messages.isEmpty { continue }
            let outcome = await peers.push(DataBlob.encode(messages), to: peer)
            try Task.checkCancellation()
            if let reason = outcome.failure { return reason }
            pushed(messages.count, to: peer, swarm: swarm)
        }
        return nil
    }

    /// Fetches messages; those that the peer does not have any more are left out.
    private func fetch(_ hashes: [MessageHash], from peer: NodeRecord, _ fetched: inout Int) async throws -> String? {
        var left = hashes[...]
        while !left.isEmpty {
            let outcome = await peers.ask(
                peer, "sn.data_fetch", HashList.encode(left), timeout: Self.requestTimeout)
            try Task.checkCancellation()
            guard case .reply(let parts) = outcome, parts.count == 1, DataBlob.isCurrent(parts[0]),
                let messages = DataBlob.decode(parts[0])
            else { return PushOutcome(outcome).failure ?? "nonsense" }
            let added = try await keep(messages)
            fetched += added
            if added > 0 {
                progressed()
                environment.events.record(
                    Event(
                        .recordsPulled, from: name,
                        ["peer": .string(peer.legacy.hex), "messages": .int(added)]))
            }
            // They come in the order asked for, as many as fit.
            guard let last = messages.last.flatMap({ left.firstIndex(of: $0.hash) }) else { return nil }
            left = left[(last + 1)...]
        }
        return nil
    }

    /// Asks a peer something that only nodes of this kind know.
    /// - Returns: `nil` when the peer answers, but never this.
    func askOwnKind(_ peer: NodeRecord, _ command: String, _ part: Bytes, timeout: Duration) async -> OMQOutcome? {
        if let dialect = dialect(of: peer), dialect != .own { return nil }
        let outcome = await peers.ask(peer, command, part, timeout: timeout)
        if case .reply = outcome { provedOwnKind(peer.x25519) }
        guard outcome == .timedOut, !isKnownAsOwnKind(peer.x25519) else { return outcome }
        // Others do not answer commands that they do not know; or it has just come back.
        guard await greet(peer, isPeer: true) == .taken, !isKnownAsOwnKind(peer.x25519) else { return outcome }
        return nil
    }
}

/// A list of message hashes, as nodes of this kind exchange them.
enum HashList {
    static func encode(_ hashes: some Sequence<MessageHash>) -> Bytes {
        Bencode.list(hashes.map { .text($0.text) }).encoded
    }

    /// - Returns: `nil` unless the one frame is such a list.
    static func decode(_ parts: [Bytes]) -> [MessageHash]? {
        // The caller says what it makes of a malformed list, not of the parser's reason.
        guard parts.count == 1, let list = try? Bencode(parsing: parts[0]).asList else { return nil }
        let hashes = list.compactMap { $0.asText.flatMap(MessageHash.init(text:)) }
        return hashes.count == list.count ? hashes : nil
    }
}
