import NodeRuntime
import SessionProtocol

/// Asks the ledger for the hashes of the blocks before the first one the node saw, which storage tests need
/// (storage-node §10.1).
struct BlockHashes: Sendable {
    let node: NodeState

    /// How many are asked for.
    static let count: UInt64 = 6

    /// A block the ledger does not tell is left out: the tests of its height do not take place then.
    func fetch(before top: UInt64) async {
        for height in top - min(top, Self.count)..<top {
            let outcome = await node.environment.transport.request(
                node.configuration.ledger, "rpc.get_block_hash", [Bytes(#"{"height":[\#(height)]}"#.utf8)],
                timeout: LedgerLink.requestTimeout)
            guard case .reply(let parts) = outcome, let hash = Self.hash(parts) else { continue }
            node.membership.fill(height, hash)
        }
    }

    /// The daemon's older form of answer: a string of 64 hex digits and nothing else.
    static func hash(_ parts: [Bytes]) -> String? {
        guard parts.count == 2, parts[0] == Bytes("200".utf8), parts[1].count == 66,
            // Whatever is no JSON is no such answer either.
            let text = (try? JSON(parsing: parts[1]))?.asString, Hex.decode(text)?.count == 32
        else { return nil }
        return text
    }
}
