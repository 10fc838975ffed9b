import Ledger
import SessionCrypto
import SessionProtocol

/// What otherwise a quorum of nodes votes for, forced by the network's operator.
extension Testnet {
    /// Sets nodes aside: out of their swarms and unpaid, until they come back or their credit is used up.
    @discardableResult
    public func decommission(_ nodes: [String], reasons: TestFailures = []) async throws -> LedgerReceipt {
        try await force(.decommission, on: nodes, reasons)
    }

    /// Takes decommissioned nodes back.
    @discardableResult
    public func recommission(_ nodes: [String]) async throws -> LedgerReceipt {
        try await force(.recommission, on: nodes, [])
    }

    /// Throws nodes out; their stakes stay locked for the deregistration delay.
    @discardableResult
    public func deregister(_ nodes: [String], reasons: TestFailures = []) async throws -> LedgerReceipt {
        try await force(.deregister, on: nodes, reasons)
    }

    private func force(
        _ change: StateChange.Kind, on nodes: [String], _ reasons: TestFailures
    ) async throws -> LedgerReceipt {
        var members: [NodeMember] = []
        for node in nodes {
            guard !members.contains(where: { $0.name == node }) else {
                throw NetworkError.namedTwice(node: node)
            }
            members.append(try requireMember(node))
        }
        let height = try await requireLedger().height
        return try await submit(
            members.map { member in
                .stateChange(
                    StateChange(
                        node: member.keys.legacy.publicKey, change: change, quorumHeight: height,
                        authority: .operator(reasons: reasons)))
            })
    }
}
