import NodeRuntime
import SessionProtocol
import Testing

@testable import ServiceNode

/// Who is told of which messages, and for how long (storage-node §12.3).
struct SubscriptionTableTests {
    private let account: AccountID
    private let group: AccountID

    init() throws { (account, group) = try (TestAccount().session, TestAccount().group) }

    private func request(_ namespaces: [Int16], data: Bool = false, for account: AccountID? = nil) -> MonitorRequest {
        MonitorRequest(
            account: account ?? self.account, namespaces: namespaces.map { Namespace($0) }, wantsData: data)
    }

    private func connection(_ number: Int) -> OMQConnection { OMQConnection(route: [UInt8(number)]) }

    /// Whether a connection is told of the account's messages in a namespace.
    private func hears(
        _ table: SubscriptionTable, _ number: Int, _ namespace: Int16, at now: Duration, for account: AccountID? = nil
    ) -> Bool {
        table.subscribers(to: account ?? self.account, Namespace(namespace), at: now)
            .contains { $0.connection == connection(number) }
    }

    @Test("A subscription lasts 65 minutes and not a moment longer")
    func lifetime() {
        var table = SubscriptionTable()
        #expect(table.add(request([0]), from: connection(1), at: .seconds(10)) == nil)
        #expect(hears(table, 1, 0, at: .seconds(10 + 3900) - .nanoseconds(1)))
        #expect(!hears(table, 1, 0, at: .seconds(10 + 3900)))
    }

    @Test("A renewal adds namespaces, keeps data wanted, and lasts its whole time again")
    func renewal() {
        var table = SubscriptionTable()
        #expect(table.add(request([3, 7], data: true), from: connection(1), at: .zero) == nil)
        #expect(table.add(request([-5, 7]), from: connection(1), at: .seconds(3000)) == nil)
        let now = Duration.seconds(6000)
        for namespace: Int16 in [-5, 3, 7] {
            let told = table.subscribers(to: account, Namespace(namespace), at: now)
            #expect(told.count == 1)
            #expect(told.first?.wantsData == true)
            #expect(told.first?.namespaces == [-5, 3, 7].map { Namespace($0) })
        }
        #expect(!hears(table, 1, 0, at: now))
        #expect(table.count == 1)
    }

    @Test("One that ended is not renewed but made anew, without what it had")
    func lateRenewal() {
        var table = SubscriptionTable()
        #expect(table.add(request([3], data: true), from: connection(1), at: .zero) == nil)
        #expect(table.add(request([7]), from: connection(1), at: .seconds(3900)) == nil)
        let told = table.subscribers(to: account, Namespace(7), at: .seconds(3901))
        #expect(told.map(\.wantsData) == [false])
        #expect(!hears(table, 1, 3, at: .seconds(3901)))
        #expect(table.count == 1)
    }

    @Test("Connections and accounts are apart, and whoever subscribed first is told first")
    func apart() {
        var table = SubscriptionTable()
        for number in [2, 1, 3] {
            #expect(table.add(request([0], data: number == 1), from: connection(number), at: .zero) == nil)
        }
        #expect(table.add(request([4], for: group), from: connection(1), at: .zero) == nil)
        let told = table.subscribers(to: account, .inbox, at: .zero)
        #expect(told.map(\.connection) == [2, 1, 3].map(connection))
        #expect(told.map(\.wantsData) == [false, true, false])
        #expect(table.subscribers(to: group, .inbox, at: .zero).isEmpty)
        #expect(hears(table, 1, 4, at: .zero, for: group))
    }

    @Test("Neither a connection nor all of them together get more than there is room for; renewals always fit")
    func capacity() throws {
        var table = SubscriptionTable(capacity: .init(perConnection: 2, total: 3, namespaces: 4))
        let accounts = try (0..<4).map { try #require(AccountID(Bytes(repeating: $0, count: 33))) }
        for index in 0...1 {
            #expect(table.add(request([0], for: accounts[index]), from: connection(1), at: .zero) == nil)
        }
        #expect(table.add(request([0], for: accounts[2]), from: connection(1), at: .zero) == .connection)
        #expect(table.add(request([0], for: accounts[0]), from: connection(2), at: .zero) == nil)
        #expect(table.add(request([0], for: accounts[1]), from: connection(2), at: .zero) == .table)
        #expect(table.add(request([1, 2, 3], for: accounts[0]), from: connection(1), at: .zero) == nil)
        #expect(table.add(request([4], for: accounts[0]), from: connection(1), at: .zero) == .namespaces)
        #expect(table.add(request([0, 1, 2, 3, 4], for: accounts[0]), from: connection(3), at: .zero) == .namespaces)
        #expect(table.count == 3)
    }

    @Test("What ended makes room, also for others, and is forgotten")
    func sweeping() throws {
        var table = SubscriptionTable(capacity: .init(perConnection: 2, total: 2, namespaces: 4))
        let accounts = try (0..<4).map { try #require(AccountID(Bytes(repeating: $0, count: 33))) }
        for index in 0...1 {
            #expect(table.add(request([0], for: accounts[index]), from: connection(1), at: .zero) == nil)
        }
        #expect(table.add(request([0], for: accounts[2]), from: connection(2), at: .seconds(3899)) == .table)
        #expect(table.add(request([0], for: accounts[2]), from: connection(2), at: .seconds(3960)) == nil)
        #expect(table.count == 1)
        for index in [0, 3] {
            let full: SubscriptionTable.Full? = index == 0 ? nil : .table
            #expect(table.add(request([0], for: accounts[index]), from: connection(1), at: .seconds(3961)) == full)
        }
    }
}
