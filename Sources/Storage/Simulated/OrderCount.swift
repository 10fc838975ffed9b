import SessionProtocol

/// How much of one kind is remembered, counted once and kept up by whoever adds to it.
struct OrderCount {
    private var accounts: [AccountID: Int] = [:]
    private var total = 0

    init(_ accounts: some Sequence<AccountID>) { for account in accounts { add(account) } }

    mutating func add(_ account: AccountID) {
        accounts[account, default: 0] += 1
        total += 1
    }

    func isRoom(for account: AccountID, in room: OrderRoom) -> Bool {
        room.holds(inAccount: accounts[account] ?? 0, onNode: total)
    }
}
