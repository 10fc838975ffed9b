import SessionProtocol
import Storage

extension BlockRecord {
    /// As an archive keeps it: bencoded, with the keys `salt`, `time` and `transactions`.
    func stored() -> StoredBlock {
        let content = Bencode.dictionary([
            "salt": Int64(exactly: salt).map(Bencode.integer) ?? .unsigned(salt),
            "time": .integer(timestamp),
            "transactions": .list(transactions.map { .bytes($0.encoded) }),
        ])
        return StoredBlock(height: height, content: content.encoded)
    }

    /// Reads what ``stored()`` gave.
    init(_ stored: StoredBlock) throws(ArchiveError) {
        func unreadable(_ field: String) -> ArchiveError {
            ArchiveError(height: stored.height, reason: .unreadable(field: field))
        }
        let content: Bencode
        do { content = try Bencode(parsing: stored.content) } catch { throw unreadable("the whole (\(error))") }
        guard let salt = content["salt"]?.asUnsigned else { throw unreadable("its salt") }
        guard let timestamp = content["time"]?.asInteger else { throw unreadable("its time") }
        guard let list = content["transactions"]?.asList else { throw unreadable("its list of transactions") }
        var transactions: [LedgerTransaction] = []
        for (index, item) in list.enumerated() {
            guard let bytes = item.asBytes else { throw unreadable("its transaction \(index)") }
            do {
                transactions.append(try LedgerTransaction(decoding: bytes))
            } catch { throw unreadable("its transaction \(index) (\(error))") }
        }
        self.init(height: stored.height, timestamp: timestamp, salt: salt, transactions: transactions)
    }
}
