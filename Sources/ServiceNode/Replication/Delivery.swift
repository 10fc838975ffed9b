import NodeRuntime
import SessionProtocol

/// How far one batch has got to the members of the swarm that answers for it. Pure.
struct Delivery: Sendable {
    /// Attempts after which members that cannot be reached are left out: a minute and a half.
    static let patience = 8
    /// Attempts after which one member that has it is enough, when no other member knows this node: two minutes more.
    static let patienceWithStrangers = 12

    private(set) var acknowledged: Set<X25519PublicKey> = []
    /// Members that did not take it in the last attempt, but might have answered.
    private var refusing: Set<X25519PublicKey> = []
    private var failing: Set<X25519PublicKey> = []
    /// Those of the failing that are there, but take nothing from this node: they started when it had left already.
    private var estranged: Set<X25519PublicKey> = []
    private(set) var attempts = 0

    mutating func attempt(_ outcomes: [X25519PublicKey: PushOutcome]) {
        attempts += 1
        refusing = []
        failing = []
        estranged = []
        for (member, outcome) in outcomes {
            switch outcome {
            case .taken: acknowledged.insert(member)
            case .refused: refusing.insert(member)
            case .unreachable: failing.insert(member)
            case .stranger:
                failing.insert(member)
                estranged.insert(member)
            }
        }
    }

    /// Whether the sender's own copy is not needed any more: all have it, or after many attempts at least half, and
    /// whoever lacks it does not answer this node. Those get it from the members that have it. Where all others are up
    /// and only do not know this node, one that has it and was told of them is enough: nobody else ever will.
    func isComplete(among members: [X25519PublicKey]) -> Bool {
        let lacking = members.filter { !acknowledged.contains($0) }
        guard !lacking.isEmpty else { return true }
        guard attempts >= Self.patience, lacking.count < members.count else { return false }
        if 2 * (members.count - lacking.count) >= members.count { return lacking.allSatisfy { failing.contains($0) } }
        return attempts >= Self.patienceWithStrangers && lacking.allSatisfy { estranged.contains($0) }
    }

    /// Whether those who have it should now be told who has not.
    var isSlow: Bool { attempts == Self.patience && !acknowledged.isEmpty }

    /// Whether nobody takes anything of this node, because it is no service node to them any more.
    var isHopeless: Bool {
        attempts >= Self.patience && acknowledged.isEmpty && refusing.isEmpty && failing == estranged
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
