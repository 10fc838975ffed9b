import SessionProtocol
import Swarms
import Testing

@testable import Ledger

/// What state changes do to a node, and when they have no say.
@Suite struct StateChangeEffectTests {
    private static let height: UInt64 = 5

    private static func network() throws -> (network: VotingChain, node: LegacyPublicKey) {
        let network = try VotingChain()
        return (network, try network.worker(of: height))
    }

    @Test("A decommissioned node has no swarm from that very block on, and is in no quorum's validators")
    func decommission() throws {
        var (network, node) = try Self.network()
        let before = try network.entry(node)
        let block = try network.mine(try network.change(.decommission, of: node, quorum: Self.height))
        let entry = try network.entry(node)
        #expect(entry.activity == .decommissioned(activeSince: 1, at: block.height))
        #expect(entry.lastDecommissionHeight == block.height && entry.decommissionCount == 1)
        #expect(entry.swarm == .unassigned && before.swarm != .unassigned)
        #expect(entry.totalLocked == before.totalLocked)
        #expect(network.chain.swarms.swarms.values.allSatisfy { !$0.contains(node) })
        #expect(block.events.contains(.decommissioned(node: node, reasons: .storage, forced: false)))
        #expect(block.events.contains(.swarmsAssigned))
        let quorum = try network.quorum(block.height)
        #expect(!quorum.validators.contains(node) && quorum.workers.contains(node))
    }

    @Test("A node that is taken back gets a swarm in that very block and the last place in the queue")
    func recommission() throws {
        var (network, node) = try Self.network()
        try network.mine(try network.change(.decommission, of: node, quorum: Self.height))
        let since = network.chain.top.height
        let height = try network.height(testing: node, from: since + 1)
        network.make(blocks: Int(since + 10 - network.chain.height))
        let change = try network.change(.recommission, of: node, quorum: height)
        let block = try network.mine(change)
        let entry = try network.entry(node)
        #expect(entry.activity == .active(since: block.height))
        #expect(entry.swarm != .unassigned && network.chain.swarms.swarms[entry.swarm]?.contains(node) == true)
        #expect(entry.lastReward == QueuePosition(height: block.height, index: .max))
        // Ten blocks away cost twenty of sixty.
        #expect(block.height == since + 10 && entry.creditBase == 40)
        #expect(entry.decommissionCount == 1)
        #expect(block.events.contains(.recommissioned(node: node, forced: false)))
        let others = network.chain.entries.filter { $0.node != node }
        #expect(others.allSatisfy { $0.lastReward <= entry.lastReward })
    }

    @Test("A deregistered node is gone, and every coin staked in it is locked for 21,600 blocks")
    func deregistration() throws {
        var (network, node) = try Self.network()
        let entry = try network.entry(node)
        let free = network.chain.totals.free
        let block = try network.mine(try network.change(.deregister, of: node, quorum: Self.height))
        #expect(network.chain.state.nodes[node] == nil)
        #expect(network.chain.totals.locked == entry.totalLocked)
        #expect(network.chain.state.blacklist.map(\.unlockHeight) == [block.height + 21_600])
        #expect(network.chain.totals.free >= free && network.chain.totals.isBalanced)
        #expect(
            block.events.contains(
                .deregistered(node: node, reasons: .storage, lockedUntil: block.height + 21_600, forced: false)))
    }

    @Test("A penalty costs the place in the queue and nothing else")
    func penalty() throws {
        var (network, node) = try Self.network()
        let before = try network.entry(node)
        let block = try network.mine(try network.change(.ipChangePenalty, of: node, quorum: Self.height))
        var expected = before
        expected.lastReward = QueuePosition(height: block.height, index: .max)
        expected.lastIPChangeHeight = block.height
        #expect(try network.entry(node) == expected)
    }

    @Test(
        "An active node cannot be taken back; a decommissioned one only taken back or thrown out",
        arguments: [
            (isDecommissioned: false, refused: [.recommission]),
            (true, [.decommission, .ipChangePenalty]),
        ] as [(isDecommissioned: Bool, refused: [StateChange.Kind])])
    func allowed(isDecommissioned: Bool, refused: [StateChange.Kind]) throws {
        var (network, node) = try Self.network()
        var height = Self.height
        if isDecommissioned {
            try network.mine(try network.change(.decommission, of: node, quorum: height))
            height = try network.height(testing: node, from: network.chain.top.height + 1)
        }
        for kind in StateChange.Kind.allCases {
            let fault = network.fault(try network.change(kind, of: node, quorum: height))
            let expected = StateChangeFault.wrongState(change: kind, isDecommissioned: isDecommissioned)
            #expect(fault == (refused.contains(kind) ? expected : nil), "\(kind)")
        }
    }

    @Test("Votes from before a node's deregistration do nothing to it once it is registered again")
    func newRegistration() throws {
        var (network, node) = try Self.network()
        let second = try network.height(testing: node, from: Self.height + 1)
        let old = try network.change(.decommission, of: node, quorum: second)
        try network.mine(try network.change(.deregister, of: node, quorum: Self.height))
        #expect(network.fault(old) == .notRegistered)
        try network.register(node, nonce: 1)
        network.make(blocks: 1)
        #expect(network.fault(old) == .notVotable(quorum: second, since: network.chain.top.height))
    }

    @Test("Votes from before a node was taken back do nothing to it")
    func takenBack() throws {
        var (network, node) = try Self.network()
        try network.mine(try network.change(.decommission, of: node, quorum: Self.height))
        let height = try network.height(testing: node, from: network.chain.top.height + 1)
        let old = try network.change(.deregister, of: node, quorum: height)
        try network.mine(try network.change(.recommission, of: node, quorum: height))
        #expect(network.fault(old) == .notVotable(quorum: height, since: network.chain.top.height))
    }

    @Test("One move is penalised once, whichever votes stand behind the second penalty")
    func onePenalty() throws {
        var (network, node) = try Self.network()
        let first = try network.change(.ipChangePenalty, of: node, quorum: Self.height)
        let second = try network.change(.ipChangePenalty, of: node, quorum: Self.height, voters: 2..<9)
        let third = try network.change(
            .ipChangePenalty, of: node, quorum: try network.height(testing: node, from: Self.height + 1))
        try network.submit(.stateChange(first))
        let expected = network.chain.height
        for change in [second, third] {
            let fault = StateChangeFault.alreadyPenalised(quorum: change.quorumHeight, lastChange: expected)
            #expect(network.fault(change) == fault, "while the first waits")
        }
        network.make(blocks: 1)
        for change in [second, third] {
            let fault = StateChangeFault.alreadyPenalised(quorum: change.quorumHeight, lastChange: expected)
            #expect(network.fault(change) == fault, "after the first counts")
        }
    }

    @Test(
        "The same change waits once, whoever voted for it",
        arguments: [.decommission, .deregister] as [StateChange.Kind])
    func oneWaits(kind: StateChange.Kind) throws {
        var (network, node) = try Self.network()
        try network.submit(.stateChange(try network.change(kind, of: node, quorum: Self.height)))
        let other = try network.change(kind, of: node, quorum: Self.height, voters: 3..<10)
        #expect(network.fault(other) != nil)
        #expect(network.chain.pending.count == 1)
    }

    @Test("State changes come before everything that waited longer")
    func first() throws {
        var (network, node) = try Self.network()
        let other = try network.quorum(Self.height).workers[1]
        for nonce in UInt64(1)...3 {
            try network.submit(
                .transfer(
                    TransferTransaction(
                        from: TestNetwork.wallet, to: WalletKeys(networkSeed: nonce, name: "heir").address,
                        amount: .coins(1), nonce: nonce)))
        }
        for node in [node, other] {
            try network.submit(.stateChange(try network.change(.deregister, of: node, quorum: Self.height)))
        }
        network.make(blocks: 1)
        #expect(
            network.chain.top.transactions.map(\.kind)
                == [.stateChange, .stateChange, .transfer, .transfer, .transfer])
    }

    @Test("What waited and no longer holds beside a state change is dropped, and the block tells of it")
    func dropped() throws {
        var (network, node) = try Self.network()
        let image = try #require(try network.entry(node).contributors[0].stakes.first).keyImage
        let unlock = LedgerTransaction.unlock(
            UnlockTransaction(node: node, keyImage: image, owner: TestNetwork.wallet))
        try network.submit(unlock)
        let other = try network.quorum(Self.height).workers[1]
        let changes = [node, other].map {
            StateChange(
                node: $0, change: .deregister, quorumHeight: network.chain.top.height,
                authority: .operator(reasons: .uptime))
        }
        for change in changes { try network.submit(.stateChange(change)) }
        network.make(blocks: 1)
        #expect(network.chain.top.transactions == changes.map { .stateChange($0) })
        let refusals = network.chain.top.events.compactMap { event in
            if case .dropped(let refusal) = event { refusal.kind } else { nil }
        }
        #expect(refusals == [.unlock])
    }

    @Test("Two branches may hold the same deregistration with other voters; the node is gone in both")
    func branches() throws {
        let (network, node) = try Self.network()
        var one = network
        var other = network
        try one.mine(try network.change(.deregister, of: node, quorum: Self.height, voters: 0..<7))
        try other.mine(try network.change(.deregister, of: node, quorum: Self.height, voters: 3..<10))
        #expect(one.chain.top.hash != other.chain.top.hash)
        #expect(one.chain.state.nodes[node] == nil && other.chain.state.nodes[node] == nil)
        // The quorum of height 5 is the same on a branch that leaves at a later block.
        let outcome = try one.reorganise(depth: 3)
        #expect(outcome.lost.isEmpty)
        #expect(one.chain.state.nodes[node] == nil && one.chain.totals.isBalanced)
    }

    @Test("A change whose quorum a reorganisation replaced counts no more: the node is back")
    func replacedQuorum() throws {
        var network = try VotingChain()
        let height = network.chain.top.height
        let node = try network.worker(of: height)
        let entry = try network.entry(node)
        try network.mine(try network.change(.deregister, of: node, quorum: height))
        let outcome = try network.reorganise(depth: 2)
        #expect(outcome.lost.count == 1)
        #expect(try network.entry(node).activity == entry.activity && network.chain.totals.isBalanced)
    }

    @Test("The operator's word needs no votes, but a node's state still decides what is possible")
    func forced() throws {
        var (network, node) = try Self.network()
        func force(_ kind: StateChange.Kind) -> StateChange {
            StateChange(
                node: node, change: kind, quorumHeight: network.chain.top.height,
                authority: .operator(reasons: .storage))
        }
        #expect(network.fault(force(.recommission)) == .wrongState(change: .recommission, isDecommissioned: false))
        let block = try network.mine(force(.decommission))
        #expect(block.events.contains(.decommissioned(node: node, reasons: .storage, forced: true)))
        #expect(network.fault(force(.decommission)) == .wrongState(change: .decommission, isDecommissioned: true))
        #expect(try network.mine(force(.recommission)).events.contains(.recommissioned(node: node, forced: true)))
        try network.mine(force(.deregister))
        #expect(network.chain.state.nodes[node] == nil)
        #expect(network.fault(force(.deregister)) == .notRegistered)
    }
}
