import SessionCrypto
import SessionProtocol

/// The votes of the nodes on each other, and what they rest on beside the chain and the proofs: no part of any block,
/// and empty at a start (ledger §1.1, §3).
///
/// All daemons of this ledger hear of the same proofs. What a node's own storage server and router report is kept by
/// that node's daemon, and enters only its own votes.
struct ConsensusTesting: Sendable {
    /// One node that may vote now: its daemon is awake.
    struct Voter: Sendable {
        var key: LegacyKeyPair
        var reports: PeerReports
    }

    /// What there is to go by when votes are cast.
    struct Moment: Sendable {
        /// By the ledger's clock.
        var now: Duration
        /// Seconds since the Unix epoch.
        var timestamp: Int64
        var proofs: UptimeProofs
    }

    let times: TestTimes
    private(set) var pool = VotePool()
    /// When the top block was made, by the ledger's clock.
    var lastBlockAt = Duration.zero
    private var quorums: [UInt64: ObligationsQuorum] = [:]
    /// Up to which quorum each validator has judged.
    private var judged: [LegacyPublicKey: UInt64] = [:]
    /// Nobody needs to look at quorums up to here.
    private var settled: UInt64 = 0

    init(times: TestTimes) { self.times = times }

    /// Forgets what rested on blocks that were replaced.
    /// - Parameter height: of the lowest of them.
    mutating func forget(from height: UInt64) {
        let last = height - min(height, 1)
        pool.remove(from: height)
        quorums = quorums.filter { $0.key < height }
        settled = min(settled, last)
        judged = judged.mapValues { min($0, last) }
    }
}

// MARK: Observations

extension ConsensusTesting {
    /// What every daemon sees alike: proofs and addresses.
    func commonObservation(of entry: ServiceNodeEntry, in chain: LedgerChain, at moment: Moment) -> Observation {
        let verdict = moment.proofs.verdict(on: entry.node)
        let hasMoved =
            moment.proofs.addresses[entry.node]?.hasMoved(
                at: moment.timestamp, lastChange: chain.blocks[Int(entry.lastIPChangeHeight)].timestamp,
                window: times.ipChangeWindow, buffer: times.ipChangeBuffer) ?? false
        return Observation(
            failures: verdict.passes(at: moment.now, validity: times.validity) ? [] : .uptime, hasMoved: hasMoved)
    }

    /// What each node that is in some trouble looks like to everyone, and at worst.
    private struct Suspicion {
        var entry: ServiceNodeEntry
        var common: Observation
        /// What any one voter finds it wanting in besides.
        var reported: TestFailures

        var worst: Observation {
            Observation(failures: common.failures.union(reported), hasMoved: common.hasMoved)
        }
    }

    private func suspicions(
        in chain: LedgerChain, voters: [LegacyPublicKey: Voter], at moment: Moment
    ) -> [LegacyPublicKey: Suspicion] {
        var reported: [LegacyPublicKey: TestFailures] = [:]
        for voter in voters.values {
            for suspect in voter.reports.suspects {
                reported[suspect, default: []].formUnion(failures(of: suspect, by: voter, at: moment))
            }
        }
        var suspicions: [LegacyPublicKey: Suspicion] = [:]
        for entry in chain.state.nodes.values where entry.isFunded {
            let common = commonObservation(of: entry, in: chain, at: moment)
            let reported = reported[entry.node] ?? []
            guard entry.isDecommissioned || !common.failures.isEmpty || !reported.isEmpty || common.hasMoved
            else { continue }
            suspicions[entry.node] = Suspicion(entry: entry, common: common, reported: reported)
        }
        return suspicions
    }

    private func failures(of node: LegacyPublicKey, by voter: Voter, at moment: Moment) -> TestFailures {
        voter.reports.failures(of: node, at: moment.now, grace: times.grace, staleAfter: times.staleAfter)
    }

    /// Whether blocks can bring somebody's fate forward: a node fails, has moved, or is set aside.
    func isAnyoneInTrouble(in chain: LedgerChain, voters: [LegacyPublicKey: Voter], at moment: Moment) -> Bool {
        !suspicions(in: chain, voters: voters, at: moment).isEmpty
    }
}

// MARK: Votes

extension ConsensusTesting {
    /// A vote as events tell of it.
    struct CastVote: Sendable, Equatable {
        var validator: LegacyPublicKey
        var node: LegacyPublicKey
        var quorumHeight: UInt64
        var judgement: Judgement
    }

    /// Lets every voter judge the quorums that came of age since it last did (ledger §3.3).
    ///
    /// Costs a look at every node while nobody is in trouble: no quorum is drawn then.
    /// - Parameter voters: whose daemons are awake; only those who are active now vote.
    /// - Returns: the votes, and the state changes for which there are enough of them now.
    mutating func judge(
        _ chain: LedgerChain, voters: [LegacyPublicKey: Voter], at moment: Moment
    ) -> (votes: [CastVote], changes: [StateChange]) {
        let rules = chain.genesis.rules.testing
        let top = chain.top.height
        guard rules.isEnabled, top > rules.voteLag else { return ([], []) }
        let newest = top - rules.voteLag - 1
        settled = max(settled, top - min(top, rules.lifetime + 1))
        pool.cull(top: top, lifetime: rules.lifetime)
        let suspects = suspicions(in: chain, voters: voters, at: moment)
            .filter { Self.mayChange($0.value, quorumHeight: newest, at: top, rules: chain.genesis.rules) }
        guard !suspects.isEmpty else {
            settled = max(settled, newest)
            judged = [:]
            quorums = [:]
            return ([], [])
        }
        quorums = quorums.filter { $0.key > settled }
        let awake = voters.filter { chain.state.nodes[$0.key]?.isActive == true }
        var votes: [CastVote] = []
        var touched: Set<ObligationVote.Subject> = []
        let first = awake.keys.map { max(settled, judged[$0] ?? 0) }.min() ?? newest
        for height in (first + 1)..<max(first + 1, newest + 1) {
            guard let quorum = quorum(at: height, in: chain) else { continue }
            for (place, validator) in quorum.validators.enumerated() {
                guard let voter = awake[validator], (judged[validator] ?? 0) < height else { continue }
                for vote in cast(by: voter, place, in: quorum, on: suspects, chain, at: moment) {
                    votes.append(
                        CastVote(
                            validator: validator, node: quorum.workers[Int(vote.vote.subject.workerIndex)],
                            quorumHeight: height, judgement: vote.judgement))
                    touched.insert(vote.vote.subject)
                }
            }
        }
        for validator in awake.keys { judged[validator] = max(judged[validator] ?? 0, newest) }
        return (votes, changes(on: touched, chain))
    }

    /// Whether somebody could vote on a node at all.
    private static func mayChange(
        _ suspicion: Suspicion, quorumHeight: UInt64, at top: UInt64, rules: LedgerRules
    ) -> Bool {
        [suspicion.common, suspicion.worst].contains {
            Judgement(of: suspicion.entry, $0, quorumHeight: quorumHeight, at: top, rules: rules) != nil
        }
    }

    private mutating func cast(
        by voter: Voter, _ place: Int, in quorum: ObligationsQuorum, on suspects: [LegacyPublicKey: Suspicion],
        _ chain: LedgerChain, at moment: Moment
    ) -> [(vote: ObligationVote, judgement: Judgement)] {
        var cast: [(ObligationVote, Judgement)] = []
        for (index, worker) in quorum.workers.enumerated() {
            guard let suspect = suspects[worker], quorum.mayJudge(validator: place, worker: index) else { continue }
            var observation = suspect.common
            observation.failures.formUnion(failures(of: worker, by: voter, at: moment))
            guard
                let judgement = Judgement(
                    of: suspect.entry, observation, quorumHeight: quorum.height, at: chain.top.height,
                    rules: chain.genesis.rules)
            else { continue }
            let vote = ObligationVote(
                .init(quorumHeight: quorum.height, workerIndex: UInt32(index), change: judgement.change),
                validatorIndex: UInt32(place), reasons: judgement.reasons, signedBy: voter.key)
            if pool.add(vote) { cast.append((vote, judgement)) }
        }
        return cast
    }

    /// What has enough votes and could be in the next block, oldest quorum first.
    private mutating func changes(on subjects: Set<ObligationVote.Subject>, _ chain: LedgerChain) -> [StateChange] {
        var changes: [StateChange] = []
        for subject in pool.subjects where subjects.contains(subject) {
            guard let quorum = quorum(at: subject.quorumHeight, in: chain) else { continue }
            let votes = pool.votes(on: subject)
            guard votes.count >= quorum.votesNeeded(for: Int(subject.workerIndex)) else { continue }
            let change = StateChange(
                node: quorum.workers[Int(subject.workerIndex)], change: subject.change,
                quorumHeight: subject.quorumHeight,
                authority: .quorum(workerIndex: subject.workerIndex, votes: votes))
            let entry = chain.state.nodes[change.node]
            let fault = change.stateFault(for: entry, height: chain.height, rules: chain.genesis.rules.testing)
            if fault == nil { changes.append(change) }
        }
        return changes
    }

    private mutating func quorum(at height: UInt64, in chain: LedgerChain) -> ObligationsQuorum? {
        if let known = quorums[height] { return known }
        let quorum = chain.obligationsQuorum(at: height)
        quorums[height] = quorum
        return quorum
    }
}
