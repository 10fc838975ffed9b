/// Protocol rules in force, as the ledger reports them: `19.3` is revision 3 of hard fork 19 (storage-node §14).
public struct Hardfork: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let major: Int
    /// The ledger's `snode_revision`.
    public let revision: Int

    public init(major: Int, revision: Int) {
        self.major = major
        self.revision = revision
    }

    /// What a node needs before it serves clients.
    public static let required = Hardfork(major: 19, revision: 3)

    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.revision) < (right.major, right.revision)
    }

    public var description: String { "\(major).\(revision)" }
}
