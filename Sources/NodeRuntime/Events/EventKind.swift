/// Every kind of fact, with the fields each carries. Keys and accounts are hex, times and durations milliseconds.
public enum EventKind: String, Sendable, CaseIterable {
    /// `name, seed, mode, nodes, swarmPolicy`, and in a simulation `crypto`: `real` or `modelled`
    case runStarted
    /// A simulation came to its end: `milliseconds` of virtual time, `messages` and `bytes` that crossed the network, `lost` messages,
    /// `traffic` (a digest of every message's way, size and time)
    case simulationEnded
    /// A readiness rung was reached: `rung, text, milliseconds` since the process started, in a
    /// simulation of virtual time.
    case rungReached
    /// `pubkeyLegacy, pubkeyEd25519, pubkeyX25519, ip, httpsPort, omqPort`, outside simulations `pid`, and of somebody
    /// else's program `external`: true
    case nodeStarted
    /// `reason`
    case nodeStopped
    /// A node was not stopped in good order the last time; every page of its store was checked, and nothing was found
    case storeChecked
    /// A node's store was damaged: `file` (its new name), `reason`. The node begins empty and fetches from its swarm
    case storeSetAside
    /// What a node, the ledger or the run itself must keep cannot be written any more: `reason`, and `disk`, whether the
    /// disk or the rights to it are to blame and not a limit of its own or damage. Said once, until it can
    case writingFailed
    /// It can be written again
    case writingResumed
    /// A node's own view changed: `swarm, members` (names are not known to nodes, so legacy keys), `height, reachable` (how
    /// many listed nodes have a known address). Of an external server, which was asked for it, without the last two
    case swarmEntered
    /// A node stopped waiting for a peer: `peer` (legacy key), `reason`
    case peerUnreachable
    /// `peer` (legacy key)
    case peerReturned
    /// A peer did not pass a test that it had passed before: `peer` (legacy key)`, reason`
    case peerTestFailed
    /// A peer passes again: `peer`
    case peerTestPassed
    /// A node asked a swarm peer for a message both should hold: `peer, height, result` (OK, MISMATCH, REJECTED or OTHER)
    case storageTested
    /// Messages were handed to another node: `peer, messages`, and `swarm`, the one that answers for them
    case recordsPushed
    /// Another kind of storage server was not handed messages that it would misfile or refuse: `peer, messages` (their
    /// hashes), `reason`
    case recordsWithheld
    /// Messages a node lacked were fetched: `peer, messages`
    case recordsPulled
    /// Messages a node no longer answers for were removed: `messages`
    case recordsErased
    /// Handing messages over did not work yet: `peer, reason`
    case transferFailed
    /// A new block: `height, hash, registrations, active`, and where all coins are, in atomic units: `initial + minted =
    /// free + staked + locked + burnt`
    case block
    /// A node's stake was locked: `node` (legacy key), `height, stake`
    case nodeRegistered
    /// A contributor's stake was locked: `node, height, wallet` (its address)`, amount`
    case stakeContributed
    /// A node's stake became complete: `node, height`
    case nodeActivated
    /// A contributor wants its stake back: `node, height, leaves` (the node is gone above this height)
    case unlockRequested
    /// A node left as it had asked to: `node, height`
    case nodeExpired
    /// Stakes are free again: `node, height, amount`
    case stakesReleased
    /// `node, height, reasons` [short codes of ledger §2.7]`, forced` (by the network's operator rather than by votes)
    case nodeDecommissioned
    /// `node, height, forced`
    case nodeRecommissioned
    /// A node was thrown out: `node, height, reasons, forced, lockedUntil` (the height at which its stakes become free)
    case nodeDeregistered
    /// A node lost its place in the queue for rewards because it moved between addresses: `node, height`
    case addressPenalised
    /// A block's reward: `height, payments` {wallet address: atomic units}, and `node` when one node earned it
    case rewardPaid
    /// `height, name` (hash of the name)`, burnt`
    case nameRegistered
    /// `height, from, to` (wallet addresses)`, amount`
    case coinsTransferred
    /// A quorum member judged a node: `validator, node, quorum` (height)`, change, reasons`
    case voteCast
    /// Blocks were replaced by others: `height` (of the new top)`, depth, lost` (transactions that count no more)
    case chainReorganised
    /// Blocks were made at once in place of waiting: `blocks, height` (of the top afterwards)`, seconds` (of the ledger's time)
    case ledgerAdvanced
    /// A node sees the chain late from now on: `node, blocks`
    case ledgerLagged
    /// The ledger accepted a proof: `node` (legacy key), `height`
    case uptimeProof
    /// The whole assignment after a block: `height, swarms` {id hex: [legacy key]}
    case swarmsAssigned
    /// `client, account` (its mailbox)`, hops` (Ed25519 keys)`, proof` (how the last hop answered), `milliseconds`
    case pathBuilt
    /// A store was acknowledged: `message` (the run's number for it)`, account, namespace, hash, digest` (SHA-256 of the data)`,
    /// timestamps` (of each try), `timeToLive, acknowledged` (Ed25519 keys), `failed` (Ed25519 keys), `expires` (when members
    /// may forget it, since the epoch)
    case messageSent
    /// A store was refused or got no answer, so members may have it or not: `message, account, namespace, hash, digest, reason`
    case messageNotSent
    /// `account, namespace, hash, digest`
    case messageReceived
    /// A client could not read its own mailbox: `account, reason`
    case mailboxNotRead
    /// A node's store as the node reads it: `node` (legacy key), `records` [{account, namespace, hash, timestamp, expiry,
    /// digest}]. Of an external server only the inboxes of scripted clients, read over its interface
    case inventoryTaken
    /// `node` (legacy key)`, reason`, and `damaged`: whether its store is not what the node wrote
    case inventoryFailed
    /// What was asked of the network from outside: `action, nodes`; with the action `links`, instead of nodes, `rules`
    /// (the link rules in force from then on)
    case operatorAction
    /// `verdict, violations`
    case verdictReached
}
