import SessionProtocol

/// A change of a node's standing that its peers voted for, or that the network's operator forced (ledger §3.4).
public struct StateChange: Sendable, Equatable {
    /// What becomes of the node; the raw value is the one that votes sign.
    public enum Kind: UInt16, Sendable, CaseIterable {
        /// Thrown out, its stakes locked for a long time.
        case deregister = 0
        /// Set aside: out of its swarm, unpaid, until it comes back or its credit is used up.
        case decommission = 1
        /// Taken back.
        case recommission = 2
        /// Sent to the end of the queue for rewards.
        case ipChangePenalty = 3

        /// As events and operators' commands write it.
        public var name: String {
            switch self {
            case .deregister: "deregister"
            case .decommission: "decommission"
            case .recommission: "recommission"
            case .ipChangePenalty: "ip-change-penalty"
            }
        }
    }

    /// Who says so.
    public enum Authority: Sendable, Equatable {
        /// Votes by validator ascending; `workerIndex` is the node's place among the quorum's workers.
        case quorum(workerIndex: UInt32, votes: [QuorumVote])
        /// The operator of the test network, who needs no votes. The rules about the node's state hold all the same.
        case `operator`(reasons: TestFailures)
    }

    public let node: LegacyPublicKey
    public let change: Kind
    /// The block whose quorum voted; with ``Authority/operator(reasons:)`` the top block at the time.
    public let quorumHeight: UInt64
    public let authority: Authority

    public init(node: LegacyPublicKey, change: Kind, quorumHeight: UInt64, authority: Authority) {
        self.node = node
        self.change = change
        self.quorumHeight = quorumHeight
        self.authority = authority
    }

    /// Whether no vote stands behind this.
    public var isForced: Bool { if case .operator = authority { true } else { false } }

    /// What every vote names.
    public var reasonsAll: TestFailures {
        switch authority {
        case .quorum(_, let votes):
            guard let first = votes.first else { return [] }
            return votes.reduce(first.reasons) { $0.intersection($1.reasons) }
        case .operator(let reasons): return reasons
        }
    }

    /// What any vote names.
    public var reasonsAny: TestFailures {
        switch authority {
        case .quorum(_, let votes): votes.reduce([]) { $0.union($1.reasons) }
        case .operator(let reasons): reasons
        }
    }
}

/// One validator's vote within a state change. The signature does not cover the reasons (ledger §2.7).
public struct QuorumVote: Sendable, Equatable {
    /// Place among the quorum's validators.
    public let validatorIndex: UInt32
    public let reasons: TestFailures
    /// 64 bytes, by the validator's primary key.
    public let signature: Bytes

    public init(validatorIndex: UInt32, reasons: TestFailures, signature: Bytes) {
        self.validatorIndex = validatorIndex
        self.reasons = reasons
        self.signature = signature
    }
}
