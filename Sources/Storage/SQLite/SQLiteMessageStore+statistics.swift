import SessionProtocol

extension SQLiteMessageStore {
    public func statistics() throws(StorageError) -> StoreStatistics {
        let file = try open()
        var mailboxes: [(owner: Int64, namespace: Namespace, messages: Int)] = []
        try file.counts.mailboxSizes.run([]) { row throws(StorageError) in
            mailboxes.append((row.integer(0), try file.namespace(row, 1), Int(row.integer(2))))
            return true
        }
        let pages = try file.counts.pageCount.integer([]) ?? 0
        let free = try file.counts.freePages.integer([]) ?? 0
        let pageBytes = try file.counts.pageBytes.integer([]) ?? Schema.pageBytes
        return StoreStatistics(
            mailboxes: mailboxes, usedBytes: Int((pages - free) * pageBytes), totalBytes: Int(pages * pageBytes),
            maximumBytes: Int(file.maximumPages * pageBytes))
    }
}
