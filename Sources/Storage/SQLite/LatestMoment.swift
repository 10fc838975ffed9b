import Synchronization

/// The latest moment of anything that was deleted or whose expiry was set, in milliseconds since 1970, for callers that
/// would rather not wait for the file. It may be later than the truth where a transaction was undone.
final class LatestMoment: Sendable {
    private let moment = Atomic(Int64.min)

    var value: Int64 { moment.load(ordering: .acquiring) }

    func note(_ other: Int64) { moment.max(other, ordering: .acquiringAndReleasing) }
}
