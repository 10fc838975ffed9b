extension RPCMethod {
    /// Every method, by name.
    static let all: [RPCMethod] = [
        accruedRewards, blockCount, blockHash, height, lokinetPing, nameResolution, proofTrigger, quorumState,
        reportPeerStatus,
        serviceKeys, serviceNodeBlacklist, serviceNodeStatus, serviceNodes, servicePrivateKeys, stakingRequirement,
        stateChanges, storageServerPing,
    ]

    /// The methods anyone may call, by every name.
    static let served: [String: RPCMethod] = byName(.anyone)

    /// Methods of one kind by every name, aliases included.
    static func byName(_ access: Access) -> [String: RPCMethod] {
        var methods: [String: RPCMethod] = [:]
        for method in all where method.access == access {
            for name in method.names { methods[name] = method }
        }
        return methods
    }
}
