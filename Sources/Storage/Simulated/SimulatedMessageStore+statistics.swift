import SessionProtocol

extension SimulatedMessageStore {
    public func statistics() async throws(StorageError) -> StoreStatistics {
        await takeTurn()
        defer { endTurn() }
        try await read(toDo: "count the store")
        try disk.check(holder)
        var numbers: [AccountID: Int64] = [:]
        let mailboxes = index.mailboxSizes.map { mailbox in
            let owner = numbers[mailbox.account] ?? Int64(numbers.count)
            numbers[mailbox.account] = owner
            return (owner: owner, namespace: mailbox.namespace, messages: mailbox.messages)
        }
        let used = disk.usedBytes
        return StoreStatistics(
            mailboxes: mailboxes, usedBytes: used, totalBytes: used, maximumBytes: disk.capacityBytes)
    }
}
