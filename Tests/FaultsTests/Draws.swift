import Faults
import NodeRuntime
import SessionProtocol

/// A seeded stream that counts what is drawn from it.
struct CountedDraws: RandomNumberGenerator {
    private var source: RandomSource
    private(set) var count = 0

    init(seed: UInt64) { source = RandomSource(SeededRandomness(seed: seed)) }

    mutating func next() -> UInt64 {
        count += 1
        return source.next()
    }
}

/// Gives what it was told, in turn and again from the start.
struct ToldDraws: RandomNumberGenerator {
    private let values: [UInt64]
    private(set) var count = 0

    init(_ values: UInt64...) { self.values = values }

    mutating func next() -> UInt64 {
        count += 1
        return values[(count - 1) % values.count]
    }
}

let alice = IPv4Address(127, 0, 0, 2)
let bob = IPv4Address(127, 0, 0, 3)
let carol = IPv4Address(127, 0, 0, 4)

extension Envelope {
    static func sample(
        from: IPv4Address = alice, to: IPv4Address = bob, kind: Kind = .request, name: String = "sn.storage_cc",
        at: Duration = .seconds(10)
    ) -> Envelope {
        Envelope(from: from, to: to, kind: kind, name: name, size: 1_000, at: at)
    }
}

/// Links that all differ from the others in what rules look at.
let variedTraffic: [Envelope] = (0..<600).map { number in
    let parties = [alice, bob, carol]
    return Envelope(
        from: parties[number % 3], to: parties[(number + 1 + number / 3 % 2) % 3],
        kind: Envelope.Kind.allCases[number % 6], name: ["sn.storage_cc", "POST /onion_req/v2"][number / 6 % 2],
        size: number, at: .milliseconds(number))
}
