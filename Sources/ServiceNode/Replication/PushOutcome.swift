import NodeRuntime
import SessionProtocol

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
