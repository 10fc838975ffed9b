import SessionProtocol
import Storage

/// Why a ledger cannot go on from an archive.
public enum ArchiveOpeningError: Error, Equatable, CustomStringConvertible {
    /// It cannot be read or written.
    case storage(StorageError)
    /// It was begun with another seed, other balances or other rules.
    case otherLedger(archived: String, asked: String)
    /// What it holds is no chain.
    case damaged(ArchiveError)

    public var description: String {
        switch self {
        case .storage(let error): "the ledger's archive: \(error)"
        case .otherLedger(let archived, let asked):
            "the ledger's archive belongs to another ledger: it was begun with \(archived), and this one is to have "
                + "\(asked); use the same seed, balances and rules, or another run directory"
        case .damaged(let error): "the ledger's archive: \(error)"
        }
    }
}

extension BlockArchive {
    /// The chain an archive holds; in a new one, the chain that begins with this genesis block.
    ///
    /// - Parameter genesis: only its time may differ from when the archive was begun; the archived one counts.
    func chain(from genesis: Genesis) throws(ArchiveOpeningError) -> LedgerChain {
        let stored = try blocks(of: genesis)
        do throws(ArchiveError) {
            var records: [BlockRecord] = []
            records.reserveCapacity(stored.count)
            for block in stored { records.append(try BlockRecord(block)) }
            guard let first = records.first else {
                return LedgerChain(genesis: genesis)
            }
            guard first.height == 0 else { throw ArchiveError(height: first.height, reason: .gap(expected: 0)) }
            var begun = genesis
            begun.timestamp = first.timestamp
            return try LedgerChain.replay(genesis: begun, records: Array(records.dropFirst()))
        } catch {
            throw .damaged(error)
        }
    }

    /// Everything kept; a new archive is begun with the genesis block.
    private func blocks(of genesis: Genesis) throws(ArchiveOpeningError) -> [StoredBlock] {
        let asked = Bytes(genesis.identity.utf8)
        let identity: Bytes
        do { identity = try self.identity(elseSetTo: asked) } catch { throw .storage(error) }
        guard identity == asked else {
            throw .otherLedger(archived: String(decoding: identity, as: UTF8.self), asked: genesis.identity)
        }
        do {
            let kept = try all()
            guard kept.isEmpty else { return kept }
            let first = BlockRecord(height: 0, timestamp: genesis.timestamp, salt: 0, transactions: []).stored()
            try append([first])
            return [first]
        } catch { throw .storage(error) }
    }
}

extension Genesis {
    /// What two ledgers must share to be one: seed and balances, which are in the genesis block's hash, and the rules.
    fileprivate var identity: String { "genesis block \(block.hash) and \(rules)" }
}
