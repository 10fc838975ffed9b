import Ledger
import SessionProtocol
import Synchronization

/// The wallets of a run by their names, and the numbers that tell their transactions apart. A name is a wallet from the
/// moment somebody uses it: its keys derive from the name and the run's seed.
final class WalletBook: Sendable {
    /// Pays for whatever an operator lacks.
    static let treasury = "treasury"
    /// The wallet behind a node unless somebody says otherwise.
    static func operatorName(of node: String) -> String { "operator of \(node)" }

    private struct State {
        var keys: [String: WalletKeys] = [:]
        var names: [WalletAddress: String] = [:]
        var lastNonce: UInt64 = 0
    }
    private let state = Mutex(State())
    private let seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    /// The wallet of a name.
    func keys(_ name: String) -> WalletKeys {
        if let known = state.withLock({ $0.keys[name] }) { return known }
        let keys = WalletKeys(networkSeed: seed, name: name)
        state.withLock { state in
            state.keys[name] = keys
            state.names[keys.address] = name
        }
        return keys
    }

    /// `nil` for the wallet of no name that was used.
    func name(of address: WalletAddress) -> String? { state.withLock { $0.names[address] } }

    /// A text with names in place of the addresses of wallets that were used: people know wallets by what they called them.
    func named(in text: String) -> String {
        let names = state.withLock { $0.names }.sorted { $0.value < $1.value }
        return names.reduce(text) { $0.replacing($1.key.description, with: "'\($1.value)'") }
    }

    /// Those that were used so far, in natural order.
    var names: [String] { NaturalOrder.sorted(state.withLock { Array($0.keys.keys) }) }

    /// - Throws: ``NetworkError/unknownWallet(name:known:)`` for a name that nobody used, which has no coins either.
    func requireKnown(_ name: String) throws(NetworkError) {
        guard state.withLock({ $0.keys[name] }) == nil else { return }
        throw .unknownWallet(name: name, known: names)
    }

    /// - Throws: ``NetworkError/unusableWalletName(name:)``
    static func requireUsable(_ name: String) throws(NetworkError) {
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy({ (0x20...0x7e).contains($0) }),
            !name.contains("="), name.first != " ", name.last != " "
        else { throw .unusableWalletName(name: name) }
    }

    /// A number that no transaction of this run had before.
    func nonce() -> UInt64 {
        state.withLock { state in
            state.lastNonce += 1
            return state.lastNonce
        }
    }
}
