import NIOCore

/// Tells when nothing has moved on a connection for a while. One timer a connection that looks when it is due whether
/// something has moved since, so what moves costs a look at the clock and no more.
final class StillnessWatch {
    private let limit: TimeAmount
    private var lastMove = NIODeadline.distantPast
    private var look: Scheduled<Void>?
    private var onStill: () -> Void = {}

    init(limit: TimeAmount) { self.limit = limit }

    /// - Parameter onStill: called each time the limit has passed without a move, on the event loop.
    func start(on loop: any EventLoop, _ onStill: @escaping () -> Void) {
        self.onStill = onStill
        moved(loop)
        lookAgain(loop, at: lastMove + limit)
    }

    func moved(_ loop: any EventLoop) { lastMove = loop.now }

    func stop() {
        look?.cancel()
        look = nil
        onStill = {}
    }

    private func lookAgain(_ loop: any EventLoop, at time: NIODeadline) {
        let watch = NIOLoopBound(self, eventLoop: loop)
        look = loop.scheduleTask(deadline: time) { watch.value.check(loop) }
    }

    private func check(_ loop: any EventLoop) {
        guard look != nil else { return }
        let end = lastMove + limit
        guard end <= loop.now else { return lookAgain(loop, at: end) }
        lastMove = loop.now
        lookAgain(loop, at: lastMove + limit)
        onStill()
    }
}
