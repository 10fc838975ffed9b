import ServiceNode
import SessionProtocol

/// What a node says of its own place, wherever it runs.
struct NodeReport: Sendable, Equatable {
    /// Of the last block it processed; `nil` before the first.
    let height: UInt64?
    /// Of that block, hex.
    let blockHash: String?
    /// `nil` while it is in no swarm.
    let swarm: SwarmID?
    /// Why it does not serve clients; `nil` when it does.
    let reasonNotReady: String?
    /// Records that it has yet to push, to pull or to erase.
    let pendingTransfers: Int
    /// Grows with every step of that.
    let transferSteps: Int
    /// Whether it knows the newest table and nothing is pending.
    let isSettled: Bool

    init(_ standing: NodeStanding) {
        height = standing.height
        blockHash = standing.blockHash
        swarm = standing.swarm
        reasonNotReady = standing.reasonNotReady
        pendingTransfers = standing.pendingTransfers
        transferSteps = standing.transferSteps
        isSettled = standing.isSettled
    }

    /// As ``json`` has it; what is missing is not known, and not settled.
    init(json: JSON) {
        height = json["height"]?.asUnsigned
        blockHash = json["blockHash"]?.asString
        swarm = json["swarm"]?.asString.flatMap { SwarmID(hex: $0) }
        reasonNotReady = json["notReady"]?.asString
        pendingTransfers = json["pendingTransfers"]?.asUnsigned.flatMap(Int.init(exactly:)) ?? 0
        transferSteps = json["transferSteps"]?.asUnsigned.flatMap(Int.init(exactly:)) ?? 0
        isSettled = json["settled"]?.asBool ?? false
    }

    /// What a node answers on its control socket.
    var json: JSON {
        [
            "height": height.map(JSON.uint) ?? .null, "blockHash": blockHash.map(JSON.string) ?? .null,
            "swarm": swarm.map { .string($0.hex) } ?? .null,
            "notReady": reasonNotReady.map(JSON.string) ?? .null, "pendingTransfers": .int(pendingTransfers),
            "transferSteps": .int(transferSteps), "settled": .bool(isSettled),
        ]
    }
}
