/// A table that remembers what it held before its last changes, so that they can be taken back.
///
/// Equality compares contents only.
public struct JournaledTable<Key: Hashable & Sendable, Value: Equatable & Sendable>: Sendable, Equatable {
    /// What changed keys held before; `nil`: they held nothing.
    typealias Changes = [Key: Value?]

    /// What is there now.
    public private(set) var all: [Key: Value]
    private var changes: Changes = [:]

    init(_ all: [Key: Value] = [:]) { self.all = all }

    public var count: Int { all.count }
    public var values: Dictionary<Key, Value>.Values { all.values }

    /// The value of a key; `nil`: there is none.
    public internal(set) subscript(_ key: Key) -> Value? {
        get { all[key] }
        set {
            let before: Value?
            if let newValue {
                before = all.updateValue(newValue, forKey: key)
            } else {
                before = all.removeValue(forKey: key)
            }
            // Only the first change since the last call of ``takeChanges()`` knows what was there at that time.
            if changes.index(forKey: key) == nil { changes[key] = .some(before) }
        }
    }

    /// - Returns: what the keys changed since the last call held before.
    mutating func takeChanges() -> Changes {
        guard !changes.isEmpty else { return [:] }
        defer { changes = [:] }
        return changes
    }

    /// Puts back what ``takeChanges()`` gave.
    mutating func undo(_ changes: Changes) {
        for (key, value) in changes { all[key] = value }
    }

    public static func == (left: Self, right: Self) -> Bool { left.all == right.all }
}
