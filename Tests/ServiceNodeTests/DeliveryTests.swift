import SessionCrypto
import SessionProtocol
import Testing

@testable import ServiceNode

/// Who gets which parcel of a hand-over when, and when the sender's copies are not needed any more.
@Suite struct DeliveryTests {
    private static let members = (1...3).map { NodeKeys(networkSeed: 7, name: "sn\($0)").x25519.publicKey }

    /// A hand-over of so many parcels to members that always answer the same, for as long as it takes.
    private struct Run {
        var delivery = Delivery()
        var now = Duration.seconds(1_000)
        /// When each parcel was taken by each member.
        var taken: [X25519PublicKey: [Duration]] = [:]
        /// When each parcel was done with.
        var forgotten: [Duration] = []
        private var awake: [X25519PublicKey: Duration] = [:]
        private var failingSince: [X25519PublicKey: Duration] = [:]

        init(failingSince: [X25519PublicKey: Duration] = [:]) { self.failingSince = failingSince }

        /// - Parameter outcome: what becomes of a parcel that is sent to a member now.
        mutating func go(
            parcels: Int, until end: Duration, outcome: (X25519PublicKey, Duration) -> PushOutcome
        ) {
            let start = now
            while now - start < end, !delivery.isDone {
                delivery.adopt(DeliveryTests.members) { _ in true }
                var isIdle = true
                for member in DeliveryTests.members {
                    if let time = awake[member], time <= now {
                        awake[member] = nil
                        delivery.rested(member)
                    }
                    guard let step = delivery.begin(member, at: now) else { continue }
                    isIdle = false
                    switch step {
                    case .rest(let duration): awake[member] = now + duration
                    case .greet: answer(member, outcome(member, now - start)) { $0.isThere(member) }
                    case .send(parcels):
                        delivery.ends(after: parcels)
                        delivery.drop(member)
                    case .send(let number):
                        let time = now - start
                        let result = outcome(member, time)
                        if result == .taken { taken[member, default: []].append(time) }
                        answer(member, result) { $0.took(member, number) }
                    }
                }
                let enough = delivery.enough(at: now)
                while forgotten.count < enough { forgotten.append(now - start) }
                delivery.forget(before: enough)
                if isIdle { now += .seconds(1) }
            }
        }

        private mutating func answer(
            _ member: X25519PublicKey, _ result: PushOutcome, _ done: (inout Delivery) -> Void
        ) {
            if result == .taken {
                failingSince[member] = nil
                done(&delivery)
            } else {
                if case .refused = result {
                    failingSince[member] = nil
                } else {
                    failingSince[member] = failingSince[member] ?? now
                }
                delivery.failed(member, result, failingSince: failingSince[member] ?? now)
            }
        }
    }

    private static let (gone, stranger) = (PushOutcome.unreachable("no"), PushOutcome.stranger)

    @Test(
        "A hand-over is done when all have everything, or half of them and the others do not answer for long",
        arguments: [
            ([.taken, .taken, .taken], 0), ([.taken, .taken, gone], 90), ([.taken, .taken, stranger], 90),
            ([.taken, .taken, .refused("421")], nil), ([.taken, gone, gone], nil),
            ([.taken, stranger, stranger], 210), ([.taken, stranger, gone], nil),
            ([stranger, stranger, stranger], nil),
        ] as [([PushOutcome], Int?)])
    func ends(outcomes: [PushOutcome], seconds: Int?) {
        for parcels in [1, 40] {
            var run = Run()
            run.go(parcels: parcels, until: .seconds(3_600)) { member, _ in
                outcomes[Self.members.firstIndex(of: member) ?? 0]
            }
            #expect(run.delivery.isDone == (seconds != nil), "\(parcels) parcels")
            // Whatever one of them costs is paid once, and not for each parcel.
            #expect(run.forgotten.last == seconds.map { .seconds($0) }, "\(parcels) parcels")
            for (member, outcome) in zip(Self.members, outcomes) where outcome == .taken {
                #expect(run.taken[member] == Array(repeating: .zero, count: parcels), "nobody waits for another")
            }
        }
    }

    @Test("Who was silent for long before is left out at the first attempt, and nobody else")
    func knownSilence() {
        for (silence, seconds) in [(600, 0), (89, 1), (60, 30)] {
            var run = Run(failingSince: [Self.members[2]: .seconds(1_000 - silence)])
            run.go(parcels: 5, until: .seconds(3_600)) { member, _ in member == Self.members[2] ? Self.gone : .taken }
            #expect(run.forgotten.count == 5 && run.forgotten.last == .seconds(seconds), "\(silence)")
        }
    }

    @Test("Who comes back while it is waited for gets every parcel by itself, and then goes on with the others")
    func returning() {
        var run = Run()
        run.go(parcels: 9, until: .seconds(3_600)) { member, time in
            member == Self.members[2] && time < .seconds(40) ? Self.gone : .taken
        }
        #expect(run.taken[Self.members[0]]?.last == .zero)
        #expect(run.taken[Self.members[2]] == Array(repeating: .seconds(61), count: 9))
        #expect(run.forgotten == Array(repeating: .seconds(61), count: 9))
    }

    @Test("Who comes back after it was given up goes on behind what is not kept any more")
    func late() {
        let now = Duration.seconds(1_000)
        var delivery = Delivery()
        delivery.adopt(Self.members) { _ in true }
        for member in Self.members { #expect(delivery.begin(member, at: now) == .send(0)) }
        for member in Self.members.prefix(2) { delivery.took(member, 0) }
        delivery.failed(Self.members[2], Self.gone, failingSince: .zero)
        #expect(delivery.enough(at: now) == 1)
        delivery.forget(before: 1)
        #expect(delivery.begin(Self.members[2], at: now) == .rest(.seconds(1)))
        delivery.rested(Self.members[2])
        #expect(delivery.begin(Self.members[2], at: now) == .greet)
        #expect(delivery.begin(Self.members[2], at: now) == nil, "it is busy")
        delivery.isThere(Self.members[2])
        #expect(delivery.begin(Self.members[2], at: now) == .send(1))
    }

    @Test("Those who have something are told once who lacks it, when that has lasted long")
    func news() {
        var run = Run()
        run.go(parcels: 2, until: .seconds(95)) { member, _ in member == Self.members[0] ? .taken : Self.gone }
        #expect(!run.delivery.isDone)
        #expect(run.delivery.takeNews(at: run.now) == [Self.members[0]])
        #expect(run.delivery.takeNews(at: run.now) == [])
    }

    @Test("A node that nobody knows any more asks ever more seldom")
    func hopeless() {
        var delivery = Delivery()
        var now = Duration.zero
        var waits: [Duration] = []
        let member = Self.members[0]
        while waits.count < 14 {
            delivery.adopt([member]) { _ in false }
            switch delivery.begin(member, at: now) {
            case .rest(let wait):
                waits.append(wait)
                now += wait
                delivery.rested(member)
            case .greet: delivery.failed(member, .stranger, failingSince: .zero)
            case .send, nil: Issue.record("it was sent something")
            }
        }
        #expect(Array(waits.prefix(7)) == [1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
        #expect(waits.last == Delivery.longestWait)
    }
}
