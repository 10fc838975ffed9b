import SessionProtocol

/// One machine of the simulation: has an address, and can be held as by SIGSTOP. What reaches a held host, and what is to be
/// sent from it, waits until it is released.
///
/// Unchecked: belongs to the simulation's thread.
public final class SimulatedHost: @unchecked Sendable {
    public let name: String
    public let address: IPv4Address
    private(set) var isHeld = false
    /// What waited happens now, each in its turn.
    private var isCatchingUp = false
    var mischief: MischiefSource
    private let network: SimulatedNetwork
    /// What came while it was held, in order.
    private var waiting: [() -> Void] = []
    /// Time-outs of requests that passed while it was held.
    private var waitingTimeouts: [() -> Void] = []

    init(name: String, address: IPv4Address, mischief: MischiefSource, network: SimulatedNetwork) {
        self.name = name
        self.address = address
        self.mischief = mischief
        self.network = network
    }

    /// Nothing happens on the host from now on: no timer fires, no message arrives or leaves.
    public func hold() {
        guard !isHeld else { return }
        isHeld = true
        network.held(self)
    }

    /// Everything that waited happens now, in the order it came; time-outs of requests last, so that an answer that is here
    /// beats its deadline, as on a machine that reads its sockets before it looks at the time.
    public func release() {
        guard isHeld else { return }
        isHeld = false
        network.released(self)
        // Outside the task that releases: what starts now is no child of it.
        network.executor.schedule(after: 0) { [self] in catchUp() }
    }

    private func catchUp() {
        isCatchingUp = true
        var next = 0
        while !isHeld, next < waiting.count {
            waiting[next]()
            next += 1
        }
        waiting.removeFirst(next)
        isCatchingUp = false
        guard !isHeld else { return }
        let timeouts = waitingTimeouts
        waitingTimeouts = []
        for timeout in timeouts { timeout() }
    }

    /// Whether what happens now has to ``wait(_:)``: the host is held, or has not caught up yet.
    var isWaiting: Bool { isHeld || !waiting.isEmpty && !isCatchingUp }

    /// Does something once the host is released and has done what came before.
    func wait(_ action: @escaping () -> Void) { waiting.append(action) }

    /// Does something once the host is released and has done everything else that waits.
    func waitForTimeout(_ action: @escaping () -> Void) { waitingTimeouts.append(action) }

    /// How many things wait for the release.
    var waitingCount: Int { waiting.count + waitingTimeouts.count }
}
