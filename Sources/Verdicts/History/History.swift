import NodeRuntime
import SessionProtocol
import Swarms

/// What happened in a run, as its event log tells it: the only thing verdicts are reached from.
///
/// Reading never fails on content. What could not be read is kept in ``unreadable``, so that a judge can say how much it did not see.
public struct History: Sendable {
    /// `nil` until the run announced itself.
    public private(set) var run: RunFacts?
    public private(set) var rungs: [RungFacts] = []
    /// In the order of their first start.
    public private(set) var nodes: [NodeFacts] = []
    /// Places in ``nodes``: every message asks for several of them.
    private var placeByName: [String: Int] = [:]
    private var placeByKey: [LegacyPublicKey: Int] = [:]
    /// Who belongs to which swarm after the last block; `nil` until the ledger said so once.
    public private(set) var swarms: [SwarmID: [LegacyPublicKey]]?
    /// Where in the log membership last changed.
    public private(set) var swarmsPosition = 0
    public private(set) var sent: [SentMessage] = []
    public private(set) var refused: [RefusedMessage] = []
    /// What recipients read, by mailbox and hash in the copy.
    public private(set) var received: [MessageCopy] = []
    public private(set) var paths: [PathFacts] = []
    /// Whose mailboxes they are, as clients told it with their paths.
    public private(set) var clients: [AccountID: String] = [:]
    /// The last inventory of each node that was asked and answered.
    public private(set) var inventories: [LegacyPublicKey: Inventory] = [:]
    /// Why a node's last inventory could not be taken.
    public private(set) var inventoryFailures: [LegacyPublicKey: InventoryFailure] = [:]
    /// Where in the log a node was last asked what it holds, whether it answered or not; 0 before.
    public private(set) var askedPosition = 0
    /// What nodes were not handed because they would misfile or refuse it.
    public private(set) var withheld: [LegacyPublicKey: Set<MessageHash>] = [:]
    /// When disks kept whom from writing, by beginning.
    public private(set) var diskTroubles: [DiskTrouble] = []
    /// What the ledger did, block by block.
    public private(set) var ledger = LedgerHistory()
    /// What the log held that could not be read.
    public internal(set) var unreadable = UnreadableLines()
    /// Names the history: the same events at the same times give the same.
    public private(set) var hash = HistoryHash()
    /// Lines or events so far, readable or not.
    public internal(set) var length = 0

    public init() {}

    /// A run that is still in memory.
    public init(_ events: some Sequence<RecordedEvent>) {
        for event in events { append(event) }
    }

    /// Takes in the next fact. One whose fields are not as documented is counted in ``unreadable`` and otherwise ignored.
    public mutating func append(_ recorded: RecordedEvent) {
        length += 1
        hash.add(recorded)
        do {
            try take(recorded.event, at: recorded.time)
        } catch {
            unreadable.malformed.append(LineProblem(line: length, reason: "\(recorded.event.kind.rawValue): \(error)"))
        }
    }

    private mutating func take(_ event: Event, at time: Int64) throws(FieldError) {
        let fields = EventFields(event.fields)
        try ledger.take(event.kind, fields)
        switch event.kind {
        case .runStarted: try takeRun(fields)
        case .rungReached:
            rungs.append(RungFacts(rung: try fields.text("rung"), milliseconds: try fields.integer("milliseconds")))
        case .nodeStarted: try takeStart(of: event.source, fields)
        case .nodeStopped: try takeStop(of: event.source, fields)
        case .swarmsAssigned: try takeSwarms(fields)
        case .pathBuilt: try takePath(fields)
        case .messageSent, .messageNotSent, .messageReceived: try takeMessage(event.kind, fields)
        case .inventoryTaken: try takeInventory(fields, at: time)
        case .recordsWithheld:
            withheld[try fields.legacyKey("peer"), default: []].formUnion(try fields.hashes("messages"))
        case .inventoryFailed:
            let node = try fields.legacyKey("node")
            inventoryFailures[node] = InventoryFailure(
                reason: try fields.text("reason"), isDamage: fields.values["damaged"]?.asBool ?? false,
                position: length)
            inventories[node] = nil
            askedPosition = length
        case .writingFailed where fields.values["disk"] == true:
            diskTroubles.append(
                DiskTrouble(source: event.source, reason: try fields.text("reason"), start: length))
        case .writingResumed: endDiskTroubles(of: event.source)
        case .swarmEntered, .peerUnreachable, .peerReturned, .peerTestFailed, .peerTestPassed, .storageTested,
            .recordsPushed, .recordsPulled, .recordsErased, .transferFailed, .uptimeProof, .voteCast, .ledgerLagged,
            .unlockRequested, .stakesReleased, .coinsTransferred, .operatorAction, .mailboxNotRead, .simulationEnded,
            .storeChecked, .storeSetAside, .writingFailed, .verdictReached:
            break
        case .block, .nodeRegistered, .stakeContributed, .nodeActivated, .nodeExpired, .nodeDecommissioned,
            .nodeRecommissioned, .nodeDeregistered, .addressPenalised, .rewardPaid, .nameRegistered,
            .chainReorganised, .ledgerAdvanced:
            // Part of `ledger` by now.
            break
        }
    }

    private mutating func takePath(_ fields: EventFields) throws(FieldError) {
        let client = try fields.text("client")
        paths.append(
            PathFacts(
                client: client, hops: try fields.ed25519Keys("hops"), milliseconds: try fields.integer("milliseconds")))
        // Logs of earlier versions do not tell it.
        if fields.values["account"] != nil { clients[try fields.account("account")] = client }
    }

    private mutating func takeRun(_ fields: EventFields) throws(FieldError) {
        run = RunFacts(
            name: try fields.text("name"), seed: try fields.seed("seed"), mode: try fields.text("mode"),
            crypto: fields.values["crypto"]?.asString ?? "real", nodes: Int(try fields.integer("nodes")),
            swarmPolicy: fields.values["swarmPolicy"]?.asString.map { SwarmPolicy(rawValue: $0) } ?? .whitepaper)
    }

    private mutating func takeStart(of name: String, _ fields: EventFields) throws(FieldError) {
        // It has opened its store.
        endDiskTroubles(of: name)
        let node = NodeFacts(
            name: name, legacy: try fields.legacyKey("pubkeyLegacy"), ed25519: try fields.ed25519Key("pubkeyEd25519"),
            isExternal: fields.values["external"]?.asBool ?? false)
        let place = placeByName[name] ?? nodes.count
        if place < nodes.count { nodes[place] = node } else { nodes.append(node) }
        placeByName[name] = place
        placeByKey[node.legacy] = place
    }

    private mutating func endDiskTroubles(of source: String) {
        for index in diskTroubles.indices where diskTroubles[index].source == source && diskTroubles[index].end == nil {
            diskTroubles[index].end = length
        }
    }

    /// Who could not write to its disk at a place in the log, or after it.
    /// - Parameter source: only this one, or anybody.
    func diskTrouble(since position: Int, of source: String? = nil) -> DiskTrouble? {
        diskTroubles.first { $0.end ?? .max >= position && (source == nil || $0.source == source) }
    }

    /// Who could not write to its disk at a place in the log.
    /// - Parameter source: only this one, or anybody.
    func diskTrouble(at position: Int, of source: String? = nil) -> DiskTrouble? {
        diskTroubles.first {
            $0.start <= position && $0.end ?? .max > position && (source == nil || $0.source == source)
        }
    }

    /// `nil` for a node that never started.
    func facts(of node: LegacyPublicKey) -> NodeFacts? {
        guard let place = placeByKey[node], nodes[place].legacy == node else { return nil }
        return nodes[place]
    }

    private mutating func takeStop(of name: String, _ fields: EventFields) throws(FieldError) {
        let reason = try fields.text("reason")
        guard let place = placeByName[name] else { return }
        nodes[place].stopped = reason
        nodes[place].stoppedPosition = length
    }

    private mutating func takeSwarms(_ fields: EventFields) throws(FieldError) {
        let next = try fields.swarms("swarms")
        ledger.take(next, at: try fields.unsigned("height"))
        // Every block repeats the whole assignment; only a change makes older inventories stale.
        if swarms?.mapValues(Set.init) != next.mapValues(Set.init) { swarmsPosition = length }
        swarms = next
    }

    private mutating func takeMessage(_ kind: EventKind, _ fields: EventFields) throws(FieldError) {
        switch kind {
        case .messageSent:
            sent.append(
                SentMessage(
                    number: try fields.integer("message"), copy: try fields.copy(),
                    acknowledged: try fields.ed25519Keys("acknowledged"), failed: try fields.ed25519Keys("failed"),
                    expires: fields.values["expires"]?.asInteger,
                    timestamps: fields.values["timestamps"]?.asArray?.compactMap(\.asInteger) ?? [],
                    timeToLive: fields.values["timeToLive"]?.asInteger, position: length))
        case .messageNotSent:
            refused.append(
                RefusedMessage(
                    number: try fields.integer("message"), account: try fields.account("account"),
                    reason: try fields.text("reason"),
                    copy: fields.values["hash"] == nil ? nil : try fields.copy(), position: length))
        default:
            received.append(try fields.copy())
        }
    }

    private mutating func takeInventory(_ fields: EventFields, at time: Int64) throws(FieldError) {
        var records: [HeldRecord] = []
        for element in try fields.list("records") {
            let record = try EventFields(record: element, of: "records")
            records.append(
                HeldRecord(
                    copy: try record.copy(), timestamp: record.values["timestamp"]?.asInteger,
                    expiry: record.values["expiry"]?.asInteger))
        }
        let node = try fields.legacyKey("node")
        inventories[node] = Inventory(records: records, position: length, time: time)
        inventoryFailures[node] = nil
        askedPosition = length
    }
}
