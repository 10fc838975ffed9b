import Faults
import NodeRuntime
import SessionProtocol

/// The network of a simulation: carries messages between its transports, each judged by the rules in force.
///
/// Unchecked: belongs to the simulation's thread.
public final class SimulatedNetwork: @unchecked Sendable {
    let executor: VirtualExecutor
    /// How links behave where no rule says otherwise.
    public var profile: LinkProfile
    /// What goes wrong on purpose.
    public var rules = LinkRules()
    /// What has crossed the network so far.
    public private(set) var totals = NetworkTotals()
    private let seed: UInt64
    private let mischief: Mischief
    private var listeners: [SocketAddress: Listener] = [:]
    private var names: [IPv4Address: String] = [:]
    /// By number, for reports; only transports that are open.
    private var transports: [UInt64: SimulatedTransport] = [:]
    private var heldHosts: [SimulatedHost] = []
    /// Until when throttled links are taken by bytes already on them.
    private var throttledUntil: [LinkDirection: Int64] = [:]
    private var lastNumber: UInt64 = 0

    /// A slow peer keeps a message for up to this much longer.
    private static let slowest: Int64 = 200_000_000

    init(executor: VirtualExecutor, seed: UInt64, profile: LinkProfile, mischief: Mischief) {
        self.executor = executor
        self.seed = seed
        self.profile = profile
        self.mischief = mischief
    }

    /// A machine on this network.
    public func host(_ name: String, at address: IPv4Address) -> SimulatedHost {
        names[address] = name
        let chance = ChanceStream(seed: seed, purpose: "host", UInt64(address.rawValue))
        return SimulatedHost(
            name: name, address: address, mischief: MischiefSource(mischief, chance: chance), network: self)
    }

    /// A participant on a host.
    public func transport(
        on host: SimulatedHost, keys: X25519PublicKey, ports: ListenerPorts = ListenerPorts()
    ) -> SimulatedTransport {
        let transport = SimulatedTransport(
            number: newNumber(), host: host, publicKey: keys, ports: ports, network: self)
        transports[transport.number] = transport
        return transport
    }

    func newNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    // MARK: Listeners

    /// Who accepts connections at an address.
    struct Listener {
        var transport: SimulatedTransport
        /// `nil` for HTTP.
        var publicKey: X25519PublicKey?
    }

    private static let firstPort: UInt16 = 22_020

    func listener(at address: SocketAddress) -> Listener? { listeners[address] }

    /// - Returns: the port that was bound; `nil` when it is taken.
    func bind(_ transport: SimulatedTransport, port: UInt16, publicKey: X25519PublicKey?) -> UInt16? {
        var place = SocketAddress(address: transport.host.address, port: port == 0 ? Self.firstPort : port)
        while listeners[place] != nil {
            guard port == 0, place.port < .max else { return nil }
            place.port += 1
        }
        listeners[place] = Listener(transport: transport, publicKey: publicKey)
        return place.port
    }

    func unbind(_ transport: SimulatedTransport, port: UInt16) {
        listeners[SocketAddress(address: transport.host.address, port: port)] = nil
    }

    func closed(_ transport: SimulatedTransport) { transports[transport.number] = nil }

    func held(_ host: SimulatedHost) { heldHosts.append(host) }

    func released(_ host: SimulatedHost) { heldHosts.removeAll { $0 === host } }

    /// Lets go of everything: participants and links know each other in circles.
    func end() {
        listeners = [:]
        transports = [:]
        heldHosts = []
    }

    // MARK: Messages

    enum Passage {
        case sent
        case lost
        case reset
    }

    /// A direction of a new connection. Its chance depends on where, when and beside how many others it was made.
    func lane(from: IPv4Address, to: IPv4Address, port: UInt16, ordinal: Int) -> Lane {
        Lane(
            from: from, to: to,
            chance: ChanceStream(
                seed: seed, purpose: "lane", UInt64(from.rawValue) << 32 | UInt64(to.rawValue),
                UInt64(port) << 32 | UInt64(UInt32(truncatingIfNeeded: ordinal)), UInt64(bitPattern: executor.now)))
    }

    /// What setting up a connection costs beyond its last round trip, in nanoseconds.
    /// - Parameter isQueue: whether it is the message queue's; else HTTP's.
    func handshakeDelay(isQueue: Bool, _ lane: inout Lane) -> Int64 {
        let roundTrips = isQueue ? profile.connectionRoundTrips.queue : profile.connectionRoundTrips.http
        return (0..<2 * max(0, roundTrips - 1)).reduce(0) { sum, _ in sum + latency(&lane) }
    }

    private func latency(_ lane: inout Lane) -> Int64 { profile.latency.sample(using: &lane.chance).wholeNanoseconds }

    /// Sends one message: has it judged, and calls `deliver` once for each copy that arrives.
    /// - Parameter extra: nanoseconds that it takes longer than the link says.
    func transmit(
        _ kind: Envelope.Kind, name: String, size: Int, on lane: inout Lane, extra: Int64 = 0,
        _ deliver: @escaping () -> Void
    ) -> Passage {
        var delay = latency(&lane) + extra
        if mischief.happens(.slowPeer, using: &lane.chance) { delay += lane.chance.nanoseconds(below: Self.slowest) }
        var departure = executor.now
        var bandwidth = profile.bandwidth
        var mayOvertake = false
        var copies: [Duration] = []
        if !rules.isEmpty {
            let verdict = judge(kind, name: name, size: size, on: &lane)
            switch verdict.fate {
            case .dropped, .cut:
                totals.lost += 1
                return .lost
            case .reset: return .reset
            case .delivered: break
            }
            delay += verdict.delay.wholeNanoseconds
            mayOvertake = verdict.isOutOfOrder
            if let throttle = verdict.bytesPerSecond, throttle <= bandwidth ?? .max {
                departure = throttled(throttle, size, lane)
                bandwidth = nil
            }
            copies = verdict.copies.map { $0 - verdict.delay }
        }
        let arrival = lane.arrival(
            size: size, departing: departure, delay: delay, bandwidth: bandwidth, mayOvertake: mayOvertake)
        totals.add(size: size, from: lane.from, to: lane.to, arrival: arrival)
        executor.schedule(after: arrival - executor.now, deliver)
        for copy in copies { executor.schedule(after: arrival + copy.wholeNanoseconds - executor.now, deliver) }
        return .sent
    }

    private func judge(_ kind: Envelope.Kind, name: String, size: Int, on lane: inout Lane) -> LinkVerdict {
        let envelope = Envelope(
            from: lane.from, to: lane.to, kind: kind, name: name, size: size, at: executor.uptime)
        return rules.judge(envelope, using: &lane.chance)
    }

    /// When a message has left that all connections of its direction queue for.
    private func throttled(_ bytesPerSecond: Int, _ size: Int, _ lane: Lane) -> Int64 {
        let way = LinkDirection(from: lane.from, to: lane.to)
        let time = LinkProfile.transmissionTime(of: size, bytesPerSecond: bytesPerSecond).wholeNanoseconds
        let departure = max(executor.now, throttledUntil[way] ?? 0) + time
        throttledUntil[way] = departure
        return departure
    }

    /// Carries the news that one side ended a connection, behind everything it sent. TCP repeats what is lost, so only a cut
    /// keeps it from arriving.
    func tellEnd(on lane: inout Lane, _ deliver: @escaping () -> Void) {
        let delay = latency(&lane)
        if !rules.isEmpty, judge(.connect, name: "", size: 0, on: &lane).fate == .cut { return }
        let arrival = lane.arrival(
            size: 0, departing: executor.now, delay: delay, bandwidth: profile.bandwidth, mayOvertake: false)
        executor.schedule(after: arrival - executor.now, deliver)
    }

    // MARK: Reports

    /// Who waits for an answer, and for whose, and which hosts are held.
    var waiting: [String] {
        let requests = transports.keys.sorted().compactMap { transports[$0] }.flatMap { transport in
            transport.waiting.map {
                "\(transport.host.name) waits for \(names[$0.peer] ?? $0.peer.description): \($0.what)"
            }
        }
        let held = heldHosts.map { host in
            let count = host.waitingCount
            return "\(host.name) is held" + (count == 0 ? "" : ", and \(count) things wait for its release")
        }
        return requests + held
    }
}

/// An address with a port.
struct SocketAddress: Hashable, CustomStringConvertible {
    var address: IPv4Address
    var port: UInt16

    var description: String { "\(address):\(port)" }
}

/// One way between two addresses.
private struct LinkDirection: Hashable {
    var from: IPv4Address
    var to: IPv4Address
}
