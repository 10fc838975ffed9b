import NodeRuntime
import SessionCrypto
import SessionProtocol

/// A node's tests of others: whether all nodes of the network can be reached, and whether the members of its swarm hold
/// what it holds (storage-node §9). The ledger hears every result and draws its own conclusions.
///
/// It sleeps until the next test is due: a network of thousands of nodes spends nothing on looking.
final class PeerTesting: Sendable {
    private let node: NodeState
    private let reachability: ReachabilityTest
    private let storageTest: StorageTest

    /// So long nothing is asked for the sake of tests when a network starts.
    private static let firstCalm = Duration.seconds(1)
    /// For the ledger's answer to a report.
    static let reportTimeout = Duration.seconds(15)

    init(node: NodeState) {
        self.node = node
        reachability = ReachabilityTest(
            transport: node.environment.transport, userAgent: node.configuration.userAgent)
        storageTest = StorageTest(
            node: node, sample: MessageSample(environment: node.environment, membership: node.membership))
    }

    var statistics: PeerTestStatistics { node.statistics.tests }

    /// What the loop waits for; everything else is decided in the loop itself.
    private enum Finding: Sendable {
        /// The time that was slept until, as an uptime.
        case alarm(Duration)
        case tableChanged
        /// A node of the whole network was tested; a failing swarm peer was asked for a message as well.
        case tested(NodeRecord, failure: String?, storage: Asked?)
        /// A member of the swarm was asked for a message because of a block.
        case asked(NodeRecord, Asked?)
        case nothing
    }

    private struct Asked: Sendable {
        var height: UInt64
        var finding: StorageTestFinding
        var message: MessageHash
    }

    private typealias Group = ThrowingTaskGroup<Finding, any Error>

    /// What the loop remembers.
    private struct Desk {
        var plan: TestPlan
        var companions = SwarmCompanions()
        /// The earliest time somebody sleeps until.
        var alarm: Duration?
        var lastHeight: UInt64?
        /// The last storage test of each swarm peer.
        var lastAsked: [LegacyPublicKey: Asked] = [:]
        /// Who is being asked for a message because of a block.
        var asking: Set<LegacyPublicKey> = []
    }

    private var now: Duration { node.environment.clock.uptime }

    /// Runs until cancelled; returns at once when the node tests nobody.
    func run() async throws {
        let times = node.configuration.peerTesting
        guard times.isOn else { return }
        var desk = Desk(
            plan: TestPlan(
                own: node.keys.legacy.publicKey, times: times, now: now, randomness: node.environment.randomness))
        try await withThrowingTaskGroup(of: Finding.self) { group in
            watchTable(&group)
            setAlarm(&desk, &group)
            while let finding = try await group.next() {
                take(finding, &desk, &group)
                setAlarm(&desk, &group)
            }
        }
    }

    private func take(_ finding: Finding, _ desk: inout Desk, _ group: inout Group) {
        switch finding {
        case .alarm(let due):
            if desk.alarm == due { desk.alarm = nil }
            startTests(&desk, &group)
        case .tableChanged:
            watchTable(&group)
            followTable(&desk, &group)
        case .tested(let peer, let failure, let asked):
            if let asked { note(asked, of: peer, &desk) }
            conclude(peer, failure, &desk, &group)
        case .asked(let peer, let asked):
            desk.asking.remove(peer.legacy)
            guard let asked else { break }
            note(asked, of: peer, &desk)
            if asked.finding.isLoss { failLosing(peer, &desk, &group) }
        case .nothing: break
        }
    }

    private func watchTable(_ group: inout Group) {
        group.addTask { [membership = node.membership] in
            for await _ in membership.changes { return .tableChanged }
            throw CancellationError()
        }
    }

    /// Sleepers are never called off: one that wakes too early finds nothing to do.
    private func setAlarm(_ desk: inout Desk, _ group: inout Group) {
        let due = desk.plan.nextDue
        if let alarm = desk.alarm, alarm <= due { return }
        desk.alarm = due
        group.addTask { [clock = node.environment.clock] in
            let wait = due - clock.uptime
            // Rounded up: a clock that knows no such fractions would wake just before the time, again and again.
            if wait > .zero { try await clock.sleep(for: .microseconds(Int64((wait / .microseconds(1)).rounded(.up)))) }
            return .alarm(due)
        }
    }
}

/// Tests of the whole network.
extension PeerTesting {
    private func startTests(_ desk: inout Desk, _ group: inout Group) {
        let due = desk.plan.takeDue(
            at: now, in: node.membership.current, randomness: node.environment.randomness)
        for peer in due {
            let hasLostMessages = desk.plan.failing.hasLostMessages(peer.legacy)
            let last = desk.lastAsked[peer.legacy]?.message
            group.addTask { [reachability, storageTest] in
                let failure = await reachability.run(on: peer)
                var asked: Asked?
                if failure == nil, hasLostMessages, let height = storageTest.height(for: peer) {
                    asked = await storageTest.run(on: peer, height: height, avoiding: last)
                        .map { Asked(height: height, finding: $0.finding, message: $0.message) }
                }
                // A node that ends cuts its tests short; that says nothing about the peer.
                try Task.checkCancellation()
                return .tested(peer, failure: failure, storage: asked)
            }
        }
    }

    /// A peer passes when it was reached and owes this node no message. It owes none to a node that left its swarm.
    private func conclude(_ peer: NodeRecord, _ failure: String?, _ desk: inout Desk, _ group: inout Group) {
        let isSwarmPeer = node.membership.current?.peers.contains { $0.legacy == peer.legacy } ?? false
        if !isSwarmPeer { desk.plan.setLostMessages(false, peer.legacy) }
        if let failure {
            node.statistics.peers.reachabilityFailed(peer.legacy)
            fail(peer, failure, &desk, &group)
        } else if desk.plan.failing.hasLostMessages(peer.legacy) {
            fail(peer, Self.lossReason, &desk, &group)
        } else {
            if desk.plan.passed(peer.legacy) {
                record(.peerTestPassed, ["peer": .string(peer.legacy.hex)])
            }
            report(peer, passed: true, &group)
        }
    }

    private func fail(_ peer: NodeRecord, _ reason: String, _ desk: inout Desk, _ group: inout Group) {
        if desk.plan.failed(peer.legacy, at: now, randomness: node.environment.randomness) {
            record(.peerTestFailed, ["peer": .string(peer.legacy.hex), "reason": .string(reason)])
        }
        report(peer, passed: false, &group)
    }

    private func report(_ peer: NodeRecord, passed: Bool, _ group: inout Group) {
        node.statistics.tested(passed: passed)
        group.addTask { [node] in
            let body = #"{"passed":\#(passed),"pubkey":"\#(peer.legacy.hex)","type":"storage"}"#
            // The ledger's answer changes nothing here, and the next result follows in any case.
            _ = await node.environment.transport.request(
                node.configuration.ledger, "admin.report_peer_status", [Bytes(body.utf8)], timeout: Self.reportTimeout)
            return .nothing
        }
    }

    private func record(_ kind: EventKind, _ fields: [String: JSON]) {
        node.environment.events.record(Event(kind, from: node.configuration.name, fields))
    }
}

/// Storage tests in the own swarm.
extension PeerTesting {
    private static let lossReason = "storage: it does not give back a message of its swarm"

    private func followTable(_ desk: inout Desk, _ group: inout Group) {
        guard let membership = node.membership.current else { return }
        desk.companions.update(membership, at: now)
        node.statistics.peers.keepOnly { membership.view.node($0) != nil }
        if desk.lastAsked.count > membership.peers.count {
            let peers = Set(membership.peers.map(\.legacy))
            desk.lastAsked = desk.lastAsked.filter { peers.contains($0.key) }
        }
        let isFirst = desk.lastHeight == nil
        guard desk.lastHeight != membership.height else { return }
        desk.lastHeight = membership.height
        if isFirst, !membership.peers.isEmpty {
            group.addTask { [node] in
                // Tests of older blocks have time; clients of a network that starts have not.
                if node.configuration.foundsNetwork { try await node.environment.clock.sleep(for: Self.firstCalm) }
                await BlockHashes(node: node).fetch(before: membership.height)
                return .nothing
            }
        }
        guard let (peer, height) = storageTest.duty(), peer.address != .unknown,
            desk.companions.areSettled(with: peer.legacy, at: now), !desk.asking.contains(peer.legacy),
            // One that has lost messages is asked again with its retest.
            !desk.plan.failing.hasLostMessages(peer.legacy)
        else { return }
        desk.asking.insert(peer.legacy)
        let last = desk.lastAsked[peer.legacy]?.message
        group.addTask { [storageTest] in
            let asked = await storageTest.run(on: peer, height: height, avoiding: last)
                .map { Asked(height: height, finding: $0.finding, message: $0.message) }
            return .asked(peer, asked)
        }
    }

    /// Counts a result, and tells those that are news: all but an OK after an OK.
    private func note(_ asked: Asked, of peer: NodeRecord, _ desk: inout Desk) {
        let result = asked.finding.result
        let last = desk.lastAsked.updateValue(asked, forKey: peer.legacy)?.finding.result ?? .ok
        node.statistics.storageTested(peer.legacy, result)
        if result == .ok { desk.plan.setLostMessages(false, peer.legacy) }
        guard result != .ok || last != .ok else { return }
        record(
            .storageTested,
            [
                "peer": .string(peer.legacy.hex), "height": .uint(asked.height), "result": .string(result.rawValue),
            ])
    }

    private func failLosing(_ peer: NodeRecord, _ desk: inout Desk, _ group: inout Group) {
        fail(peer, Self.lossReason, &desk, &group)
        desk.plan.setLostMessages(true, peer.legacy)
    }
}
