import SessionProtocol

/// Which subaccounts may act no more (storage-node §5).
extension SQLiteMessageStore {
    public func revoke(_ tokens: [Bytes], of account: AccountID, at moment: Int64) throws(StorageError) {
        let file = try open()
        try file.change(toDo: "revoke subaccounts") { () throws(StorageError) in
            for token in tokens {
                let new = Revocation(token: token, at: moment, isRevoked: true)
                if let known = try file.revocation(of: token, account), !new.supersedes(known) { continue }
                try file.put(new, of: account)
            }
        }
    }

    public func unrevoke(_ tokens: [Bytes], of account: AccountID, at moment: Int64) throws(StorageError) -> Int {
        let file = try open()
        return try file.change(toDo: "allow subaccounts again") { () throws(StorageError) in
            var count = 0
            for token in tokens where try file.lift(token, of: account, at: moment, .spare).wasRevoked { count += 1 }
            return count
        }
    }

    public func isRevoked(_ token: Bytes, of account: AccountID) throws(StorageError) -> Bool {
        try open().revocation(of: token, account)?.isRevoked ?? false
    }
}

extension MessageFile {
    func revocation(of token: Bytes, _ account: AccountID) throws(StorageError) -> Revocation? {
        var found: Revocation?
        try changes.revocation.run([account.column, .blob(token)]) { row throws(StorageError) in
            found = Revocation(token: token, at: row.integer(0), isRevoked: row.integer(1) != 0)
            return false
        }
        return found
    }

    /// Replaces what is known of the token, and forgets the oldest of the account if there are too many.
    func put(_ revocation: Revocation, of account: AccountID) throws(StorageError) {
        let isRevoked = SQLiteStatement.Value.integer(revocation.isRevoked ? 1 : 0)
        try changes.putRevocation.run([
            account.column, .blob(revocation.token), .integer(revocation.at), isRevoked,
        ])
        try changes.dropOldest.run([account.column, isRevoked])
    }
}
