import SessionProtocol
import Storage

/// What is handed over at once.
enum Parcel: Sendable {
    case changes([StoredChange])
    case messages([StoredMessage])
}

/// The parcels that are on their way to one swarm, as far as the store does not tell of them: they are read again for
/// whoever was left behind, and forgotten here when the swarm has them.
struct Consignment: Sendable {
    /// Messages that went together.
    struct Batch: Sendable {
        /// The first comes after this one in the order of hashes.
        var start: MessageHash?
        var last: MessageHash
        /// One number for each record as it was handed over: one that was changed since has another.
        var marks: Set<Int>
        /// Whether a member took all of them.
        var isHeldWhole = false
        /// Those that some member could not be sent.
        var withheld: Set<MessageHash> = []

        /// - Parameter entries: at least one, in the order of their hashes.
        init(after start: MessageHash?, _ entries: [StoredEntry], last: MessageHash) {
            self.start = start
            self.last = last
            marks = Set(entries.map(\.hashValue))
        }

        func holds(_ entry: StoredEntry) -> Bool { marks.contains(entry.hashValue) }

        /// Whether a record is not needed here any more.
        func isHeld(_ entry: StoredEntry) -> Bool { holds(entry) && (isHeldWhole || !withheld.contains(entry.hash)) }
    }

    enum Extent: Sendable {
        /// One page of what was changed, after this one.
        case changes(after: StoredChange?)
        case messages(Batch)
    }

    /// Where reading goes on.
    enum Cursor: Sendable {
        case changes(after: StoredChange?)
        case messages(after: MessageHash?)
    }

    private var extents: [Int: Extent] = [:]
    private(set) var count = 0
    var cursor = Cursor.changes(after: nil)
    var hasBatches = false
    /// The parcel that was read last: all who go on together are sent the same.
    private(set) var latest: (number: Int, parcel: Parcel)?

    func extent(_ number: Int) -> Extent? { extents[number] }

    mutating func add(_ extent: Extent, _ parcel: Parcel) {
        extents[count] = extent
        latest = (count, parcel)
        count += 1
    }

    /// A member took a parcel.
    /// - Parameter withheld: what of it could not be sent to that member.
    mutating func took(_ number: Int, without withheld: [StoredMessage]) {
        guard case .messages(var batch) = extents[number] else { return }
        if withheld.isEmpty { batch.isHeldWhole = true } else { batch.withheld.formUnion(withheld.map(\.hash)) }
        extents[number] = .messages(batch)
    }

    mutating func remove(_ number: Int) -> Extent? { extents.removeValue(forKey: number) }
}
