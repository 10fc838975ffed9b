import ServiceNode
import SessionProtocol

/// What a node says of its own place, wherever it runs.
struct NodeReport: Sendable, Equatable {
    /// Of the last block it processed; `nil` before the first.
    let height: UInt64?
    /// `nil` while it is in no swarm.
    let swarm: SwarmID?
    /// Why it does not serve clients; `nil` when it does.
    let reasonNotReady: String?

    init(_ standing: NodeStanding) {
        height = standing.height
        swarm = standing.swarm
        reasonNotReady = standing.reasonNotReady
    }

    /// As ``json`` has it; what is missing is not known.
    init(json: JSON) {
        height = json["height"]?.asUnsigned
        swarm = json["swarm"]?.asString.flatMap { SwarmID(hex: $0) }
        reasonNotReady = json["notReady"]?.asString
    }
}
