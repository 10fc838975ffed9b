import SessionProtocol

/// Work on very many messages of one account, done in parts: nobody else waits for more than one of them.
extension SQLiteMessageStore {
    /// So many rows are looked at and changed in one transaction. Far fewer would take far longer in all: each transaction
    /// writes whole pages, and hashes are spread over all pages of their index.
    static let rowsPerPart = 5_000

    /// Does something with each part of a list, at least once; other calls get their turn in between.
    func inParts<Element>(
        _ list: [Element], _ body: (MessageFile, ArraySlice<Element>) throws(StorageError) -> Void
    ) async throws(StorageError) {
        var left = list[...]
        while true {
            try body(try open(), left.prefix(Self.rowsPerPart))
            left = left.dropFirst(Self.rowsPerPart)
            if left.isEmpty { return }
            await Task.yield()
        }
    }

    /// Does something with each part of an account's mailboxes, at least once; other calls get their turn in between.
    ///
    /// - Parameter body: reads the part at a place. It may be run again, if its transaction failed.
    /// - Returns: what was done to which messages.
    func inParts<Outcome>(
        of mailboxes: MailboxSelection,
        _ body: (MessageFile, MailboxPlace) throws(StorageError) -> (part: MailboxPart, outcomes: [Outcome])
    ) async throws(StorageError) -> [Outcome] {
        var place: MailboxPlace? = MailboxPlace(beginning: mailboxes, limit: Self.rowsPerPart)
        var outcomes: [Outcome] = []
        while let start = place {
            let (part, some) = try body(try open(), start)
            outcomes += some
            place = start.following(part)
            if place != nil { await Task.yield() }
        }
        return outcomes
    }
}

/// Where the next part of an account's mailboxes begins.
struct MailboxPlace {
    fileprivate let namespace: Int64
    /// The last one of the namespace that was read.
    fileprivate let row: Int64
    /// Whether those of later namespaces follow.
    fileprivate let isOfAll: Bool
    fileprivate let limit: Int

    init(beginning mailboxes: MailboxSelection, limit: Int) {
        switch mailboxes {
        case .one(let one): self.init(namespace: Int64(one.rawValue), row: .min, isOfAll: false, limit: limit)
        // Before the first.
        case .all: self.init(namespace: .min, row: .min, isOfAll: true, limit: limit)
        }
    }

    private init(namespace: Int64, row: Int64, isOfAll: Bool, limit: Int) {
        (self.namespace, self.row, self.isOfAll, self.limit) = (namespace, row, isOfAll, limit)
    }

    /// What follows a part that was read here; `nil` when that was the last.
    func following(_ part: MailboxPart) -> MailboxPlace? {
        guard part.messages.count == limit, let last = part.messages.last else { return nil }
        return MailboxPlace(
            namespace: Int64(last.name.namespace.rawValue), row: last.own.row, isOfAll: isOfAll, limit: limit)
    }
}

/// Some messages of an account, in the order of namespaces and of arrival.
struct MailboxPart {
    struct Message {
        let name: MessageName
        /// In milliseconds since 1970.
        let timestamp: Int64
        let own: MessageFile.KnownMessage
    }

    let messages: [Message]
}

extension MessageFile {
    /// The messages of an account from a place on.
    func part(of account: AccountID, at place: MailboxPlace) throws(StorageError) -> MailboxPart {
        var messages: [MailboxPart.Message] = []
        var (next, row): (Int64?, Int64) = (place.namespace, place.row)
        while let current = next {
            let values = [current, row, Int64(place.limit - messages.count)].map { SQLiteStatement.Value.integer($0) }
            try mailboxes.part.run([account.column] + values) { row throws(StorageError) in
                messages.append(
                    MailboxPart.Message(
                        name: MessageName(namespace: try namespace(row, 4), hash: try hash(row, 5)),
                        timestamp: row.integer(6), own: KnownMessage(row)))
                return true
            }
            guard place.isOfAll, messages.count < place.limit else { break }
            next = try mailboxes.nextNamespace.integer([account.column, .integer(current)])
            row = .min
        }
        return MailboxPart(messages: messages)
    }
}
