import NodeRuntime
import SessionProtocol

/// How far one batch has got to the members of the swarm that answers for it. Pure.
struct Delivery: Sendable {
    /// Attempts after which members that cannot be reached are left out: a minute and a half.
    static let patience = 8

    private(set) var acknowledged: Set<X25519PublicKey> = []
    /// Members that did not take it in the last attempt, but might have answered.
    private var refusing: Set<X25519PublicKey> = []
    private var failing: Set<X25519PublicKey> = []
    private(set) var attempts = 0

    mutating func attempt(_ outcomes: [X25519PublicKey: PushOutcome]) {
        attempts += 1
        refusing = []
        failing = []
        for (member, outcome) in outcomes {
            switch outcome {
            case .taken: acknowledged.insert(member)
            case .refused: refusing.insert(member)
            case .unreachable, .stranger: failing.insert(member)
            }
        }
    }

    /// Whether the sender's own copy is not needed any more: all have it, or after many attempts at least half, and
    /// whoever lacks it does not answer this node. Those get it from the members that have it.
    func isComplete(among members: [X25519PublicKey]) -> Bool {
        let lacking = members.filter { !acknowledged.contains($0) }
        guard !lacking.isEmpty else { return true }
        guard attempts >= Self.patience, 2 * (members.count - lacking.count) >= members.count else { return false }
        return lacking.allSatisfy { failing.contains($0) }
    }

    /// Whether nobody takes anything of this node, because it is no service node to them any more.
    static func isHopeless(_ outcomes: [X25519PublicKey: PushOutcome]) -> Bool {
        outcomes.allSatisfy { if case .stranger = $0.value { true } else { false } }
    }
}

/// What became of a push.
enum PushOutcome: Sendable, Equatable {
    case taken
    /// It answered that it did not take it.
    case refused(String)
    /// It does not know this node as a service node.
    case stranger
    case unreachable(String)

    init(_ outcome: OMQOutcome) {
        self =
            switch outcome {
            // The reference answers without a frame.
            case .reply(let parts) where parts.count < 2: .taken
            case .reply(let parts): .refused(parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " "))
            case .refused: .stranger
            case .timedOut: .unreachable("no answer")
            case .unreachable(let reason): .unreachable(reason)
            }
    }

    /// Why it was not taken; `nil` when it was.
    var failure: String? {
        switch self {
        case .taken: nil
        case .refused(let reason), .unreachable(let reason): reason
        case .stranger: "it does not know this node as a service node"
        }
    }
}
