import SessionProtocol
import Storage

/// When the entry node accepted a client's request. It goes with the copies, so that all members give what the request
/// did the same moment, however late they get to it: of two things done to the same message the later one holds. Beyond
/// the reference, which skips keys that it does not know, and whose copies have none of the kind.
enum Acceptance {
    /// The copy's key for it: an integer of milliseconds since 1970. A client's own is ignored.
    static let key = "accepted_at"

    /// A copy with the moment in it.
    static func stamp(_ copy: Bencode, _ moment: Int64) -> Bencode {
        guard case .dictionary(var fields) = copy else { return copy }
        fields[key] = .integer(moment)
        return .dictionary(fields)
    }

    /// The moment that a copy carries, in milliseconds since 1970.
    ///
    /// - Parameter now: this node's time, in the same unit.
    /// - Returns: `nil` when it has none, or one that cannot be.
    static func moment(in copy: RequestFields, at now: Int64) -> Int64? {
        switch copy.field(key) {
        case .bencode(.integer(let moment)), .json(.integer(let moment)):
            Transfers.isPossible(moment, at: now) ? moment : nil
        default: nil
        }
    }
}

extension NodeState {
    /// When a request counts as accepted that is run here, in milliseconds since 1970. A copy says so itself, and may be
    /// late. Whoever asks this node means things as they are now, and a clock that is behind must not undo that; a copy of
    /// the reference, which says nothing, counts as if it had been asked for here.
    func acceptance(of origin: CallOrigin, changing target: ChangeTarget, of account: AccountID) async -> Int64 {
        if case .swarmPeer(let moment?) = origin { return moment }
        let now = now
        do throws(StorageError) {
            return try await environment.store.changingMoment(of: target, account: account, at: now)
        } catch {
            // The change meets the same failure, and answers it.
            return now
        }
    }
}
