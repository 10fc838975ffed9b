import SessionProtocol

/// Work on very many messages of one account, done in parts: nobody else waits for more than one of them.
extension SQLiteMessageStore {
    /// So many messages are looked at and changed in one transaction.
    private static let messagesPerPart = 500

    /// Does something with each part of a list, at least once; other calls get their turn in between.
    func inParts<Element>(
        _ list: [Element], _ body: (MessageFile, ArraySlice<Element>) throws(StorageError) -> Void
    ) async throws(StorageError) {
        var left = list[...]
        while true {
            try body(try open(), left.prefix(Self.messagesPerPart))
            left = left.dropFirst(Self.messagesPerPart)
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
        var place: MailboxPlace? = MailboxPlace(beginning: mailboxes, limit: Self.messagesPerPart)
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
    private let namespace: Int64
    private let row: Int64
    private let lastNamespace: Int64
    private let limit: Int

    init(beginning mailboxes: MailboxSelection, limit: Int) {
        switch mailboxes {
        case .one(let one): (namespace, lastNamespace) = (Int64(one.rawValue), Int64(one.rawValue))
        case .all: (namespace, lastNamespace) = (.min, .max)
        }
        row = .min
        self.limit = limit
    }

    private init(_ namespace: Int64, _ row: Int64, _ last: Int64, _ limit: Int) {
        (self.namespace, self.row, lastNamespace, self.limit) = (namespace, row, last, limit)
    }

    /// What follows a part that was read here; `nil` when that was the last.
    func following(_ part: MailboxPart) -> MailboxPlace? {
        guard part.messages.count == limit, let last = part.messages.last else { return nil }
        return MailboxPlace(Int64(last.name.namespace.rawValue), last.own.row, lastNamespace, limit)
    }

    fileprivate func values(_ account: AccountID) -> [SQLiteStatement.Value] {
        [account.column] + [namespace, row, lastNamespace, Int64(limit)].map { .integer($0) }
    }
}

/// Some messages of an account, in the order of namespaces and of arrival.
struct MailboxPart {
    struct Message {
        let name: MessageName
        /// In milliseconds since 1970.
        let timestamp: Int64
        let own: MessageFile.OwnMessage
    }

    let messages: [Message]
}

extension MessageFile {
    /// The messages of an account from a place on.
    func part(of account: AccountID, at place: MailboxPlace) throws(StorageError) -> MailboxPart {
        var messages: [MailboxPart.Message] = []
        try changes.mailboxes.run(place.values(account)) { row throws(StorageError) in
            messages.append(
                MailboxPart.Message(
                    name: MessageName(namespace: try namespace(row, 4), hash: try hash(row, 5)),
                    timestamp: row.integer(6), own: OwnMessage(row)))
            return true
        }
        return MailboxPart(messages: messages)
    }
}
