/// What a running network cannot do, and why.
public enum NetworkError: Error, Equatable, CustomStringConvertible {
    case unknownNode(name: String, known: [String])
    /// The name of a node that is to be added.
    case unusableName(name: String, reason: String)
    /// What is done to a node can be done once.
    case namedTwice(node: String)
    /// No address is left for another node.
    case tooManyNodes(most: Int)
    /// Nothing can be delivered: a path needs three nodes, and its destination is a fourth.
    case tooFewNodes(nodes: Int, needed: Int)
    /// One node is to be killed, and the others are too few to go on.
    case tooFewNodesToKill(nodes: Int, needed: Int)
    /// The topology needs more than the system gives.
    case doesNotFit(what: String, needed: Int, available: Int, nodes: Int, mode: Topology.Mode)
    /// `what` is the kind of transaction and whom it is about.
    case ledgerRefused(what: String, reason: String)
    /// The ledger is being restarted, or could not be opened again.
    case ledgerClosed
    /// A wallet that nobody used.
    case unknownWallet(name: String, known: [String])
    case unusableWalletName(name: String)
    case notRegistered(node: String)
    case noStake(wallet: String, node: String, contributors: [String])
    /// `nodes` has a name and a reason each.
    case notSettled(after: Duration, nodes: [String])
    /// A listener the user asked for cannot be had.
    case cannotListen(what: String, reason: String)
    /// A node's program is not there, or is none.
    case cannotRun(node: String, executable: String, reason: String)
    /// A node runs on with the link rules it had.
    case rulesNotTaken(node: String, reason: String)
    /// A simulated network runs from its start to its end at once, so nobody can use it meanwhile.
    case virtualTimeOnly
    /// Nothing can be started any more.
    case goingDown

    /// Numbers are all alike: a name that differs in its digits only says nothing.
    private static func nearest(to name: String, among known: [String]) -> String? {
        func letters(_ text: String) -> String { text.filter { !$0.isNumber } }
        return Spelling.nearest(to: name, among: known).flatMap { letters($0) == letters(name) ? nil : $0 }
    }

    public var description: String {
        switch self {
        case .unknownNode(let name, let known):
            "there is no node '\(name)'; "
                + (Self.nearest(to: name, among: known).map { "did you mean '\($0)'? " } ?? "")
                + "the nodes are \(known.prefix(20).joined(separator: " "))"
                + (known.count > 20 ? " …" : "")
        case .unusableName(let name, let reason): "'\(name)' cannot be the name of a new node: \(reason)"
        case .namedTwice(let node): "'\(node)' is named twice; name every node once"
        case .tooManyNodes(let most):
            "a run has addresses for \(most) nodes, and all are taken; use names of nodes that left, or another run"
        case .tooFewNodes(let nodes, let needed):
            "\(nodes) nodes cannot deliver a message: a path has 3 nodes and the destination is another, so --nodes must be "
                + "at least \(needed)"
        case .tooFewNodesToKill(let nodes, let needed):
            "\(nodes) nodes are too few to kill one of them: a path has 3 nodes, the destination is another, and clients need one "
                + "more to go round the dead one, so --nodes must be at least \(needed)"
        case .doesNotFit(let what, let needed, let available, let nodes, let mode):
            "\(nodes) nodes need about \(needed) \(what), and this system gives \(available); use fewer nodes, "
                + (mode == .inProcess ? "or --mode subprocess, " : "") + "or raise the limit"
        case .ledgerRefused(let what, let reason): "the ledger refused the \(what): \(reason)"
        case .ledgerClosed: "the ledger is not open; it is being restarted, or could not be opened again"
        case .unknownWallet(let name, let known):
            "there is no wallet '\(name)'; "
                + (Spelling.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                    ?? "'testnet ledger wallets' lists them")
        case .unusableWalletName(let name):
            "'\(name)' cannot be a wallet's name; use 1–64 printable ASCII characters without '=' and outer spaces"
        case .notRegistered(let node):
            "\(node) is not on the ledger; register it with 'testnet ledger register \(node)'"
        case .noStake(let wallet, let node, let contributors):
            "the wallet '\(wallet)' has no stake in \(node); its contributors are \(contributors.joined(separator: ", "))"
        case .notSettled(let limit, let nodes):
            "\(nodes.count) nodes did not settle within \(limit): \(nodes.prefix(5).joined(separator: "; "))"
                + (nodes.count > 5 ? "; …" : "")
        case .cannotListen(let what, let reason): "\(what): \(reason)"
        case .cannotRun(let node, let executable, let reason):
            "\(node) cannot run \(executable): \(reason); give the path of a program in its 'external.executable'"
        case .rulesNotTaken(let node, let reason): "\(node) did not take the link rules: \(reason)"
        case .goingDown: "the network is going down"
        case .virtualTimeOnly:
            "a simulated network runs in virtual time and ends, so it cannot be kept up; "
                + "use 'testnet verify --mode simulated', or another mode"
        }
    }
}
