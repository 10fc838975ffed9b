import SessionProtocol

/// What a store holds, for the operator (storage-node §12.6).
public struct StoreStatistics: Sendable, Equatable {
    /// How the messages spread over the accounts that have at least two.
    public struct Distribution: Sendable, Equatable {
        /// So many accounts have two messages or more.
        public let accounts: Int
        public let minimum: Int
        public let fifthPercentile: Int
        public let lowerQuartile: Int
        public let median: Int
        public let upperQuartile: Int
        public let ninetyFifthPercentile: Int
        public let maximum: Int
        public let mean: Double

        /// - Parameter counts: the messages of each account, in any order; those below 2 do not count.
        /// - Returns: `nil` when no account has two.
        public init?(counts: [Int]) {
            let sorted = counts.filter { $0 >= 2 }.sorted()
            guard let first = sorted.first, let last = sorted.last else { return nil }
            func share(_ percent: Int) -> Int { sorted[sorted.count * percent / 100] }
            accounts = sorted.count
            minimum = first
            fifthPercentile = share(5)
            lowerQuartile = share(25)
            median = share(50)
            upperQuartile = share(75)
            ninetyFifthPercentile = share(95)
            maximum = last
            mean = Double(sorted.reduce(0, +)) / Double(sorted.count)
        }
    }

    public let messages: Int
    /// Those with at least one message.
    public let accounts: Int
    /// `nil` when no account has two messages.
    public let messagesPerAccount: Distribution?
    /// How many messages lie in each namespace that has any, by namespace.
    public let perNamespace: [(namespace: Namespace, messages: Int)]
    /// In use by messages and what belongs to them, in bytes.
    public let usedBytes: Int
    /// Taken from the disk, in bytes; what is not in use of it will be used again.
    public let totalBytes: Int
    /// May be taken from the disk, in bytes.
    public let maximumBytes: Int

    /// - Parameters:
    ///   - mailboxes: how many messages lie in each mailbox that has any.
    ///   - usedBytes: in use.
    ///   - totalBytes: taken from the disk.
    ///   - maximumBytes: the most that may be taken.
    public init(
        mailboxes: [(owner: Int64, namespace: Namespace, messages: Int)], usedBytes: Int, totalBytes: Int,
        maximumBytes: Int
    ) {
        var counts: [Int64: Int] = [:]
        var spaces: [Namespace: Int] = [:]
        for mailbox in mailboxes {
            counts[mailbox.owner, default: 0] += mailbox.messages
            spaces[mailbox.namespace, default: 0] += mailbox.messages
        }
        messages = counts.values.reduce(0, +)
        accounts = counts.count
        messagesPerAccount = Distribution(counts: Array(counts.values))
        perNamespace = spaces.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        self.usedBytes = usedBytes
        self.totalBytes = totalBytes
        self.maximumBytes = maximumBytes
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.holdsAsMuch(as: right)
            && (left.usedBytes, left.totalBytes, left.maximumBytes)
                == (right.usedBytes, right.totalBytes, right.maximumBytes)
    }

    /// Whether both count the same messages, whatever room they take.
    public func holdsAsMuch(as other: StoreStatistics) -> Bool {
        messages == other.messages && accounts == other.accounts && messagesPerAccount == other.messagesPerAccount
            && perNamespace.elementsEqual(other.perNamespace, by: ==)
    }
}
