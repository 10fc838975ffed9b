import SessionProtocol

/// Where a store's messages are: by hash, by mailbox in order of arrival, and by the moment they fall due.
struct MessageIndex: Sendable {
    private struct Mailbox: Sendable, Hashable {
        var account: AccountID
        var namespace: Namespace

        // The derived one would hash the account's bytes one by one.
        func hash(into hasher: inout Hasher) {
            account.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
            hasher.combine(namespace.rawValue)
        }
    }

    private var rowOfHash: [MessageHash: Int64] = [:]
    private var mailboxes: [Mailbox: [Int64]] = [:]
    /// Those in which an account has messages, in no order that matters.
    private var namespaces: [AccountID: [Namespace]] = [:]
    private var expiries = DueHeap()
    /// No deleted message can be forgotten before this moment, in milliseconds since 1970.
    private var earliestForgetting = Int64.max

    init(_ contents: DiskContents) {
        for stored in contents.table.rows(after: 0, limit: .max) { add(stored) }
        noteForgetting(in: contents)
    }

    func row(of hash: MessageHash) -> Int64? { rowOfHash[hash] }

    /// The rows of a mailbox, in order.
    func rows(of account: AccountID, _ namespace: Namespace) -> [Int64] {
        mailboxes[Mailbox(account: account, namespace: namespace)] ?? []
    }

    /// The rows of one or every mailbox of an account, in order.
    func rows(of account: AccountID, in selection: MailboxSelection) -> [Int64] {
        switch selection {
        case .one(let namespace): rows(of: account, namespace)
        case .all: (namespaces[account] ?? []).flatMap { rows(of: account, $0) }.sorted()
        }
    }

    /// How many messages lie in each mailbox that has any.
    var mailboxSizes: [(account: AccountID, namespace: Namespace, messages: Int)] {
        mailboxes.map { ($0.key.account, $0.key.namespace, $0.value.count) }
    }

    /// At most `limit` hashes above `hash`, ascending, with their rows.
    func rows(after hash: MessageHash?, limit: Int) -> [Int64] {
        rowOfHash.filter { entry in hash.map { entry.key > $0 } ?? true }
            .sorted { $0.key < $1.key }.prefix(max(limit, 0)).map(\.value)
    }

    /// Follows what was committed.
    mutating func apply(_ transaction: WriteTransaction) {
        if !transaction.removed.isEmpty { remove(transaction.removed) }
        for inserted in transaction.inserted { add(inserted) }
        for changed in transaction.changed where changed.new < changed.old {
            // The entry that is there would come up too late.
            expiries.insert(DueHeap.Entry(due: changed.new, number: changed.row))
        }
        for (_, removal) in transaction.removals {
            if let removal { earliestForgetting = min(earliestForgetting, removal.until) }
        }
        for (_, expiry) in transaction.awaited { expiry.map { noteForgetting(ofOrderAt: $0.at) } }
        for (_, orders) in transaction.standing { for order in orders { noteForgetting(ofOrderAt: order.at) } }
        for (_, known) in transaction.revocations { noteForgetting(of: known) }
    }

    private mutating func noteForgetting(ofOrderAt moment: Int64) {
        earliestForgetting = min(earliestForgetting, OrderLimits.end(of: moment))
    }

    private mutating func noteForgetting(of known: [Revocation]) {
        for lifted in known where !lifted.isRevoked {
            earliestForgetting = min(earliestForgetting, lifted.forgottenAt)
        }
    }

    /// Looks through all that is remembered of deleted messages and lifted revocations.
    mutating func noteForgetting(in contents: DiskContents) {
        earliestForgetting = contents.removals.values.map(\.until).min() ?? .max
        // A minimum is the same in every order.
        for awaited in contents.awaited.values { noteForgetting(ofOrderAt: awaited.at) }
        for orders in contents.standing.values { for order in orders { noteForgetting(ofOrderAt: order.at) } }
        for known in contents.revocations.values { noteForgetting(of: known) }
    }

    /// Whether most of the order of expiry is of messages that were replaced: they would pile up until they fall due.
    var isMostlyStale: Bool { expiries.count > 2 * rowOfHash.count + 32 }

    mutating func forgetStaleExpiries(in table: MessageTable) {
        expiries = DueHeap(table.rows(after: 0, limit: .max).map(\.due))
    }

    private mutating func add(_ stored: StoredRow) {
        rowOfHash[stored.message.hash] = stored.row
        let mailbox = Mailbox(account: stored.message.account, namespace: stored.message.namespace)
        if mailboxes[mailbox] == nil { namespaces[mailbox.account, default: []].append(mailbox.namespace) }
        mailboxes[mailbox, default: []].append(stored.row)
        expiries.insert(stored.due)
    }

    private mutating func remove(_ removed: [StoredRow]) {
        // One pass for each mailbox touched, however many of its messages go.
        var goneFrom: [Mailbox: Set<Int64>] = [:]
        for stored in removed {
            rowOfHash[stored.message.hash] = nil
            let mailbox = Mailbox(account: stored.message.account, namespace: stored.message.namespace)
            goneFrom[mailbox, default: []].insert(stored.row)
        }
        // Each mailbox is changed on its own, so their order is of no account.
        for (mailbox, gone) in goneFrom {
            let left = mailboxes[mailbox]?.filter { !gone.contains($0) }
            guard left?.isEmpty != false else {
                mailboxes[mailbox] = left
                continue
            }
            mailboxes[mailbox] = nil
            let others = namespaces[mailbox.account]?.filter { $0 != mailbox.namespace }
            namespaces[mailbox.account] = others?.isEmpty == true ? nil : others
        }
        // Dictionaries never shrink by themselves.
        guard rowOfHash.isEmpty else { return }
        let forgetting = earliestForgetting
        self = MessageIndex(DiskContents())
        earliestForgetting = forgetting
    }

    /// Whether no message can be due, known without looking at any.
    private func isNoMessageDue(at now: Int64) -> Bool { expiries.earliest.map { $0 > now } ?? true }

    /// Whether nothing that is remembered of deleted messages and lifted revocations can be forgotten.
    func isNothingForgotten(at now: Int64) -> Bool { earliestForgetting > now }

    /// Whether a sweep has nothing to do, known without looking at anything.
    func isNothingDue(at now: Int64) -> Bool { isNoMessageDue(at: now) && isNothingForgotten(at: now) }

    /// Takes the messages that are due at `now` out of the order of expiry; ``putBack(_:)`` undoes it.
    mutating func takeDue(at now: Int64, in table: MessageTable) -> [StoredRow] {
        var due: [StoredRow] = []
        // A lowered expiry leaves a message with two entries.
        var seen: Set<Int64> = []
        while !isNoMessageDue(at: now), let entry = expiries.popEarliest() {
            guard seen.insert(entry.number).inserted, table[entry.number] != nil else { continue }
            let stored = table.indexed(entry.number)
            if stored.message.expiry <= now { due.append(stored) } else { expiries.insert(stored.due) }
        }
        return due
    }

    mutating func putBack(_ due: [StoredRow]) {
        for stored in due { expiries.insert(stored.due) }
    }
}

extension StoredRow {
    fileprivate var due: DueHeap.Entry { DueHeap.Entry(due: message.expiry, number: row) }
}
