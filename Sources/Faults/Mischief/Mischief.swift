/// A place in a simulated machine where real ones misbehave now and then.
public enum MischiefPoint: String, Sendable, CaseIterable {
    /// A disk operation takes far longer than usual.
    case slowDisk
    /// A participant does nothing for a while, as when its machine is overloaded.
    case slowPeer
    /// A timer fires before its time.
    case earlyTimer
    /// Of those who become ready at the same time, another goes first.
    case reorderedWakeUp
    /// A write fails and says so.
    case failedWrite
    /// Only part of what was written but not yet synced is there after a crash.
    case tornWrite
}

/// How often each kind of mischief happens.
public struct Mischief: Sendable, Hashable {
    private var slowDisk = Chance.never
    private var slowPeer = Chance.never
    private var earlyTimer = Chance.never
    private var reorderedWakeUp = Chance.never
    private var failedWrite = Chance.never
    private var tornWrite = Chance.never

    /// None at all; draws nothing.
    public static let none = Mischief()

    /// What a healthy machine does in a long run: slow disks and peers 1 in 500, early timers 1 in 1,000, reordered
    /// wake-ups 1 in 200. No write fails or is torn.
    public static let rare = Mischief(chances: [
        .slowDisk: Chance(partsPerMillion: 2_000), .slowPeer: Chance(partsPerMillion: 2_000),
        .earlyTimer: Chance(partsPerMillion: 1_000), .reorderedWakeUp: Chance(partsPerMillion: 5_000),
    ])

    /// - Parameter chances: points left out never misbehave.
    public init(chances: [MischiefPoint: Chance] = [:]) {
        for (point, chance) in chances { self[point] = chance }
    }

    /// How likely a point misbehaves each time it is passed.
    public subscript(point: MischiefPoint) -> Chance {
        get {
            switch point {
            case .slowDisk: slowDisk
            case .slowPeer: slowPeer
            case .earlyTimer: earlyTimer
            case .reorderedWakeUp: reorderedWakeUp
            case .failedWrite: failedWrite
            case .tornWrite: tornWrite
            }
        }
        set {
            switch point {
            case .slowDisk: slowDisk = newValue
            case .slowPeer: slowPeer = newValue
            case .earlyTimer: earlyTimer = newValue
            case .reorderedWakeUp: reorderedWakeUp = newValue
            case .failedWrite: failedWrite = newValue
            case .tornWrite: tornWrite = newValue
            }
        }
    }

    /// Whether a point misbehaves this time. Draws nothing when its chance is 0 or 1.
    public func happens(_ point: MischiefPoint, using generator: inout some RandomNumberGenerator) -> Bool {
        self[point].happens(using: &generator)
    }
}
