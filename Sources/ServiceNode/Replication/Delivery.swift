import SessionProtocol

/// How far a hand-over to one swarm has got. Pure: it is told the time, and what became of each step.
///
/// What is handed over is divided into parcels, numbered from 0, which every member gets in the same order. Members that
/// take them go on together, one parcel at a time; one that does not take its parcel is left behind, and catches up by
/// itself once it answers. How long a member may be silent before the others are enough is counted for the member, not
/// for each parcel.
struct Delivery: Sendable {
    /// A member that takes nothing for this long is left out, if at least half of the swarm takes everything.
    static let patience = Duration.seconds(90)
    /// After this time one member that has everything is enough, where all others are up and do not know this node.
    static let patienceWithStrangers = Duration.seconds(210)
    /// The longest wait of a node that nobody knows as a service node any more: it may be taken back one day.
    static let longestWait = Duration.seconds(600)

    /// What is done next for one member.
    enum Step: Sendable, Equatable {
        /// Ask whether it is there, before anything large is sent.
        case greet
        case send(Int)
        case rest(Duration)
    }

    /// Why a member did not take what it was sent last.
    private enum Trouble {
        /// It answered that it did not take it.
        case refusing
        case silent
        /// It is there, but takes nothing from this node: it started when that had left already.
        case estranged
    }

    private struct Lane {
        /// The first parcel that it has not taken.
        var next: Int
        var isBusy = false
        var isGreeted: Bool
        /// It takes what the others have already, and nobody waits for it.
        var isBehind: Bool
        var isResting = false
        var trouble: Trouble?
        /// Since when it takes nothing, by this node's uptime.
        var failingSince: Duration?
        /// Whether the others were told that it lacks something.
        var isGivenAway = false
        var backoff = Backoff()

        func isFailing(at now: Duration, for patience: Duration) -> Bool {
            guard trouble == .silent || trouble == .estranged, let failingSince else { return false }
            return now - failingSince >= patience
        }
    }

    private var lanes: [X25519PublicKey: Lane] = [:]
    /// Every parcel before this one is done with.
    private(set) var forgotten = 0
    /// How many parcels there are; `nil` until all have been read.
    private(set) var count: Int?

    /// Whether nothing is left to hand over that the swarm is answerable for by itself.
    var isDone: Bool { count == forgotten }

    /// Takes over who is in the swarm now.
    /// - Parameter isKnown: whether a member can be sent something without asking whether it is there.
    mutating func adopt(_ members: [X25519PublicKey], isKnown: (X25519PublicKey) -> Bool) {
        let present = Set(members)
        lanes = lanes.filter { present.contains($0.key) }
        for member in members where lanes[member] == nil {
            lanes[member] = Lane(next: forgotten, isGreeted: isKnown(member), isBehind: forgotten < front)
        }
    }

    /// The first parcel that nobody has taken.
    private var front: Int { lanes.values.map(\.next).max() ?? forgotten }

    /// There are only so many parcels.
    mutating func ends(after count: Int) { self.count = count }

    /// What is to be done for a member now; it counts as being done from then on.
    /// - Returns: `nil` while it is busy, has everything, or waits for the others.
    mutating func begin(_ member: X25519PublicKey, at now: Duration) -> Step? {
        guard var lane = lanes[member], !lane.isBusy else { return nil }
        defer { lanes[member] = lane }
        if lane.isResting {
            lane.backoff.longest = isHopeless(at: now) ? Self.longestWait : Backoff.standardLimit
            lane.isBusy = true
            return .rest(lane.backoff.next())
        }
        guard lane.next != count else { return nil }
        if !lane.isBehind, lanes.values.contains(where: { !$0.isBehind && $0.next < lane.next }) { return nil }
        lane.isBusy = true
        return lane.isGreeted ? .send(lane.next) : .greet
    }

    /// Something that was begun need not be done, for there is nothing to send.
    mutating func drop(_ member: X25519PublicKey) { lanes[member]?.isBusy = false }

    mutating func rested(_ member: X25519PublicKey) {
        lanes[member]?.isBusy = false
        lanes[member]?.isResting = false
    }

    /// A member took a parcel.
    mutating func took(_ member: X25519PublicKey, _ parcel: Int) {
        guard var lane = lanes[member] else { return }
        lane.isBusy = false
        lane.trouble = nil
        lane.failingSince = nil
        lane.isGivenAway = false
        lane.backoff = Backoff()
        lane.next = max(lane.next, parcel + 1)
        lanes[member] = lane
        catchUp()
    }

    /// A member answered that it is there.
    mutating func isThere(_ member: X25519PublicKey) {
        lanes[member]?.isBusy = false
        lanes[member]?.isGreeted = true
    }

    /// A member did not do what it was asked to.
    /// - Parameter failingSince: since when it takes nothing, by this node's uptime, also in earlier hand-overs.
    mutating func failed(_ member: X25519PublicKey, _ outcome: PushOutcome, failingSince: Duration) {
        guard var lane = lanes[member] else { return }
        lane.isBusy = false
        lane.isResting = true
        lane.isBehind = true
        switch outcome {
        case .taken, .refused: lane.trouble = .refusing
        case .stranger: lane.trouble = .estranged
        case .unreachable: lane.trouble = .silent
        }
        lane.isGreeted = lane.trouble == .refusing
        lane.failingSince = lane.trouble == .refusing ? nil : failingSince
        lanes[member] = lane
        catchUp()
    }

    /// Whoever has as much as the first goes on with them.
    private mutating func catchUp() {
        let front = front
        for (member, lane) in lanes where lane.isBehind && lane.trouble == nil && lane.next >= front {
            lanes[member]?.isBehind = false
        }
    }

    /// Members that have all parcels before one.
    func holders(before parcel: Int) -> Set<X25519PublicKey> { Set(lanes.filter { $0.value.next >= parcel }.keys) }

    /// Up to which parcel the swarm has enough for the sender's copies not to be needed: all members have it, or at least
    /// half, and whoever lacks it does not answer this node for long. Those get it from the members that have it. Where all
    /// others are up and only do not know this node, one that has it and was told of them is enough: nobody else ever will.
    func enough(at now: Duration) -> Int {
        let reached = Set(lanes.values.map(\.next)).filter { $0 > forgotten }.sorted(by: >)
        return reached.first { isEnough(before: $0, at: now) } ?? forgotten
    }

    private func isEnough(before parcel: Int, at now: Duration) -> Bool {
        let lacking = lanes.values.filter { $0.next < parcel }
        let holders = lanes.count - lacking.count
        guard !lacking.isEmpty else { return true }
        if 2 * holders >= lanes.count { return lacking.allSatisfy { $0.isFailing(at: now, for: Self.patience) } }
        return lacking.allSatisfy {
            $0.trouble == .estranged && $0.isFailing(at: now, for: Self.patienceWithStrangers)
        }
    }

    /// The sender does not keep these any more: who lacks some goes on behind them.
    mutating func forget(before parcel: Int) {
        forgotten = max(forgotten, parcel)
        for (member, lane) in lanes where lane.next < forgotten { lanes[member]?.next = forgotten }
    }

    /// Members that have something of what others have lacked for long, when that is newly so: they should be told who
    /// has it not.
    mutating func takeNews(at now: Duration) -> Set<X25519PublicKey> {
        let late = lanes.filter { !$0.value.isGivenAway && $0.value.isFailing(at: now, for: Self.patience) }
        let least = late.values.map(\.next).max() ?? 0
        let holders = holders(before: least + 1)
        guard !late.isEmpty, !holders.isEmpty else { return [] }
        for member in late.keys { lanes[member]?.isGivenAway = true }
        return holders
    }

    /// Whether nobody takes anything of this node, because it is no service node to them any more.
    private func isHopeless(at now: Duration) -> Bool {
        front == forgotten
            && lanes.values.allSatisfy { $0.trouble == .estranged && $0.isFailing(at: now, for: Self.patience) }
    }
}
