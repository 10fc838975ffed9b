import NodeRuntime
import SessionCrypto
import SessionProtocol

/// What every behaviour of one node works with: who it is, what it may ask of the world, and what it knows.
struct NodeState: Sendable {
    let configuration: NodeConfiguration
    let environment: NodeEnvironment
    let membership: CurrentMembership
    let peers: PeerLinks
    let transfers: Transfers
    let limits: RequestLimits
    let subscriptions: MessageSubscriptions
    let statistics: NodeStatistics
    let storeOrder = StoreOrder()
    /// For the answers inside a batch's; `nil` for a request of its own.
    var answerRoom: AnswerRoom?

    var now: Int64 { environment.clock.wallMilliseconds }
    var keys: NodeKeys { configuration.keys }

    /// The same for requests whose answers stand in one.
    var sharingAnswerRoom: NodeState {
        var state = self
        state.answerRoom = answerRoom ?? AnswerRoom()
        return state
    }

    /// Whether a signature's time is close enough to this node's clock (storage-node §3.4).
    func isTimely(_ time: Int64, within tolerance: Int64 = Limits.signatureTolerance) -> Bool {
        // The sender may name any 64-bit number: a plain difference could overflow and end the process.
        let (distance, overflow) = time.subtractingReportingOverflow(now)
        return !overflow && distance.magnitude <= tolerance
    }

    /// `t` and `hf`, which most replies carry (storage-node §3.6).
    func stamped(_ reply: [String: ReplyValue], _ membership: Membership?) -> [String: ReplyValue] {
        var reply = reply
        reply["t"] = .integer(now)
        reply["hf"] = membership?.hardfork.reply ?? [.integer(0), .integer(0)]
        return reply
    }

    /// The membership that serves `account`, or 421 with where to ask instead (storage-node §3.5).
    func responsible(for account: AccountID) throws(Refusal) -> Membership {
        let membership = membership.current
        guard let membership, membership.isResponsible(for: account) else {
            let table = self.membership.swarmReply(for: account)
            throw Refusal(RPCReply(status: 421, body: .value(stamped(table, membership))))
        }
        return membership
    }
}
