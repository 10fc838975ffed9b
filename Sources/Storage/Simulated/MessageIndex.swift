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
    private var expiries = ExpiryHeap()

    init(_ table: MessageTable) {
        for stored in table.rows(after: 0, limit: .max) { add(stored) }
    }

    func row(of hash: MessageHash) -> Int64? { rowOfHash[hash] }

    /// The rows of a mailbox, in order.
    func rows(of account: AccountID, _ namespace: Namespace) -> [Int64] {
        mailboxes[Mailbox(account: account, namespace: namespace)] ?? []
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
    }

    /// Whether most of the order of expiry is of messages that were replaced: they would pile up until they fall due.
    var isMostlyStale: Bool { expiries.count > 2 * rowOfHash.count + 32 }

    mutating func forgetStaleExpiries(in table: MessageTable) {
        expiries = ExpiryHeap(table.rows(after: 0, limit: .max).map(\.due))
    }

    private mutating func add(_ stored: StoredRow) {
        rowOfHash[stored.message.hash] = stored.row
        let mailbox = Mailbox(account: stored.message.account, namespace: stored.message.namespace)
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
            mailboxes[mailbox] = left?.isEmpty == true ? nil : left
        }
        // Dictionaries never shrink by themselves.
        if rowOfHash.isEmpty { self = MessageIndex(MessageTable()) }
    }

    /// Whether nothing can be due, known without looking at any message.
    func isNothingDue(at now: Int64) -> Bool { expiries.earliest.map { $0 > now } ?? true }

    /// Takes the messages that are due at `now` out of the order of expiry; ``putBack(_:)`` undoes it.
    mutating func takeDue(at now: Int64, in table: MessageTable) -> [StoredRow] {
        var due: [StoredRow] = []
        while !isNothingDue(at: now), let entry = expiries.popEarliest() {
            guard let message = table[entry.row] else { continue }
            let stored = StoredRow(row: entry.row, message: message)
            if message.expiry <= now { due.append(stored) } else { expiries.insert(stored.due) }
        }
        return due
    }

    mutating func putBack(_ due: [StoredRow]) {
        for stored in due { expiries.insert(stored.due) }
    }
}

extension StoredRow {
    fileprivate var due: ExpiryHeap.Entry { ExpiryHeap.Entry(expiry: message.expiry, row: row) }
}
