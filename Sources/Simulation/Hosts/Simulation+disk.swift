import Faults
import SessionProtocol
import Storage

extension Simulation {
    /// A slow operation takes up to this long, in nanoseconds.
    private static let slowestDisk: Int64 = 500_000_000

    /// A disk of a host, slow or failing as often as the settings say.
    public func disk(of host: SimulatedHost) -> SimulatedDisk {
        guard settings.mischief != .none else { return SimulatedDisk(name: host.name) }
        let clock = clock(of: host)
        let behaviour = DiskBehaviour { operation in
            if host.mischief.happens(.slowDisk) {
                // A store that is told to go on has to: whoever waits for it may have been cancelled.
                try? await clock.sleep(for: .nanoseconds(host.mischief.nanoseconds(below: Self.slowestDisk)))
            }
            guard case .write = operation else { return .proceeds }
            if host.mischief.happens(.failedWrite) { return .fails }
            return host.mischief.happens(.tornWrite) ? .tears : .proceeds
        }
        return SimulatedDisk(name: host.name, behaviour: behaviour)
    }
}
