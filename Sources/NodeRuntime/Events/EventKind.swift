/// Every kind of fact, with the fields each carries. Keys and accounts are hex, times and durations milliseconds.
public enum EventKind: String, Sendable, CaseIterable {
    /// `name, seed, mode, nodes`, and in a simulation `crypto`: `real` or `modelled`
    case runStarted
    /// A simulation came to its end: `milliseconds` of virtual time, `messages` and `bytes` that crossed the network, `lost` messages,
    /// `traffic` (a digest of every message's way, size and time)
    case simulationEnded
    /// A readiness rung was reached: `rung, text, milliseconds` since the process started, in a
    /// simulation of virtual time.
    case rungReached
    /// `pubkeyLegacy, pubkeyEd25519, pubkeyX25519, ip, httpsPort, omqPort`, and outside simulations `pid`
    case nodeStarted
    /// `reason`
    case nodeStopped
    /// A node's own view changed: `swarm, members` (names are not known to nodes, so legacy keys), `height, reachable` (how
    /// many listed nodes have a known address)
    case swarmEntered
    /// A node stopped waiting for a peer: `peer` (legacy key), `reason`
    case peerUnreachable
    /// `peer` (legacy key)
    case peerReturned
    /// A new block: `height, hash, registrations, active`
    case block
    /// A node's stake was locked: `node` (legacy key), `height, stake`
    case nodeRegistered
    /// The ledger accepted a proof: `node` (legacy key), `height`
    case uptimeProof
    /// The whole assignment after a block: `height, swarms` {id hex: [legacy key]}
    case swarmsAssigned
    /// `client, hops` (Ed25519 keys)`, proof` (how the last hop answered), `milliseconds`
    case pathBuilt
    /// A store was acknowledged: `message` (the run's number for it)`, account, namespace, hash, digest` (SHA-256 of the data)`,
    /// acknowledged` (Ed25519 keys), `failed` (Ed25519 keys), `expires` (when members may forget it, since the epoch)
    case messageSent
    /// A store was refused or got no answer: `message, account, reason`
    case messageNotSent
    /// `account, namespace, hash, digest`
    case messageReceived
    /// A client could not read its own mailbox: `account, reason`
    case mailboxNotRead
    /// A node's store as the node reads it: `node` (legacy key), `records` [{account, namespace, hash, digest}]
    case inventoryTaken
    /// `node` (legacy key)`, reason`
    case inventoryFailed
    /// What was asked of the network from outside: `action, nodes`; with the action `links`, instead of nodes, `rules`
    /// (the link rules in force from then on)
    case operatorAction
    /// `verdict, violations`
    case verdictReached
}
