import SessionProtocol

/// The steps to a network that is known to work, in order.
public enum Rung: String, Sendable, CaseIterable, Comparable {
    case ledger
    case nodesAnswering
    case registered
    case proofs
    case swarmsAgreed
    case pathsBuilt
    case canaryDelivered

    /// As a person reads it.
    public var title: String {
        switch self {
        case .ledger: "ledger"
        case .nodesAnswering: "nodes answering"
        case .registered: "registered"
        case .proofs: "proofs"
        case .swarmsAgreed: "swarms agreed"
        case .pathsBuilt: "paths built"
        case .canaryDelivered: "canary delivered"
        }
    }

    private var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    public static func < (left: Rung, right: Rung) -> Bool { left.position < right.position }
}

/// How far a rung is.
public struct RungProgress: Sendable, Equatable {
    public var rung: Rung
    public var done: Int
    public var of: Int
    /// Set once `done` equals `of`: milliseconds since the process started, in a simulation of virtual time.
    public var milliseconds: Int64?

    public var isReached: Bool { done >= of }
    /// For instance `registered 12/12`.
    public var text: String { of == 1 ? rung.title : "\(rung.title) \(done)/\(of)" }
}
