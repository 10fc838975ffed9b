import NIOCore
import NIOHTTP1
import NIOPosix
import NodeRuntime

/// The connections of one event loop to servers, and the requests that wait for one. Lives on that loop.
final class PostConnections {
    /// What a route has.
    private struct Line {
        /// The one that was used last is last, and is used first.
        var idle: [PostConnection] = []
        var open: [ObjectIdentifier: PostConnection] = [:]
        var dialing = 0
        var waiting: [PostErrand] = []

        var isEmpty: Bool { open.isEmpty && dialing == 0 && waiting.isEmpty }
    }

    private let loop: any EventLoop
    private let all: OpenConnections
    private var lines: [PostRoute: Line] = [:]
    private var beingDialed: [ObjectIdentifier: PostErrand] = [:]
    private var isClosed = false

    /// Further requests wait for one of these.
    static let mostPerRoute = 64
    /// A server that does not answer the dial is given up at the request's own deadline, or now.
    private static let dialLimit = TimeAmount.seconds(30)

    init(_ loop: any EventLoop, _ all: OpenConnections) {
        self.loop = loop
        self.all = all
    }

    func send(_ request: PostRequest) {
        guard !isClosed else {
            request.outcome.give(.failure(.closed))
            return
        }
        let pool = NIOLoopBound(self, eventLoop: loop)
        carry(PostErrand(request, on: loop) { pool.value.abandon(request) })
    }

    /// Whoever asked has gone, or has waited long enough.
    func abandon(_ request: PostRequest) {
        guard let line = lines[request.route] else { return }
        if let place = line.waiting.firstIndex(where: { $0.request.outcome === request.outcome }) {
            lines[request.route]?.waiting.remove(at: place).end(.failure(.closed))
        } else {
            line.open.values.first { $0.carries(request) }?.giveUp()
        }
    }

    /// Ends every request. The connections are cut by ``HTTPPoster``.
    func close() {
        isClosed = true
        let closing = lines
        lines = [:]
        for line in closing.values {
            for errand in line.waiting { errand.end(.failure(.closed)) }
            for connection in line.open.values { connection.giveUp() }
        }
        for errand in beingDialed.values { errand.end(.failure(.closed)) }
    }

    // MARK: What connections tell

    /// Its answer is complete, and it takes another request.
    func isFree(_ connection: PostConnection) {
        guard !isClosed else { return connection.giveUp() }
        if let errand = nextWaiting(connection.route) {
            connection.carry(errand)
        } else {
            lines[connection.route, default: Line()].idle.append(connection)
        }
    }

    func hasEnded(_ connection: PostConnection) {
        guard var line = lines[connection.route] else { return }
        line.open[ObjectIdentifier(connection)] = nil
        line.idle.removeAll { $0 === connection }
        lines[connection.route] = line
        serveWaiting(connection.route)
    }

    /// The server ended a connection it had kept as this request was on its way. Nothing came back, so it is made once
    /// more, on a new connection.
    func repeatOnNewConnection(_ errand: PostErrand) {
        guard !isClosed else { return errand.end(.failure(.closed)) }
        dial(errand)
    }

    // MARK: Finding a connection

    private func carry(_ errand: PostErrand) {
        let route = errand.request.route
        while let connection = lines[route]?.idle.popLast() {
            if connection.isUsable { return connection.carry(errand) }
        }
        if hasRoom(route) { dial(errand) } else { lines[route, default: Line()].waiting.append(errand) }
    }

    private func hasRoom(_ route: PostRoute) -> Bool {
        guard let line = lines[route] else { return true }
        return line.open.count + line.dialing < Self.mostPerRoute
    }

    private func nextWaiting(_ route: PostRoute) -> PostErrand? {
        while lines[route]?.waiting.isEmpty == false {
            if let errand = lines[route]?.waiting.removeFirst(), !errand.isOver { return errand }
        }
        return nil
    }

    private func serveWaiting(_ route: PostRoute) {
        while hasRoom(route), let errand = nextWaiting(route) { dial(errand) }
        if lines[route]?.isEmpty == true { lines[route] = nil }
    }

    // MARK: New connections

    private func dial(_ errand: PostErrand) {
        let route = errand.request.route
        lines[route, default: Line()].dialing += 1
        beingDialed[ObjectIdentifier(errand)] = errand
        let bound = NIOLoopBound((self, errand), eventLoop: loop)
        connect(route, until: errand.request.deadline).whenComplete { result in
            let (pool, errand) = bound.value
            pool.beingDialed[ObjectIdentifier(errand)] = nil
            pool.lines[route]?.dialing -= 1
            pool.came(
                result.flatMap { channel in
                    Result { try channel.pipeline.syncOperations.handler(type: PostConnection.self) }
                }, for: errand)
        }
    }

    private func came(_ connection: Result<PostConnection, any Error>, for errand: PostErrand) {
        let route = errand.request.route
        switch connection {
        case .failure(let error):
            errand.fail(error)
            serveWaiting(route)
        case .success(let connection):
            guard !isClosed, connection.isUsable else {
                errand.fail(connection.failure ?? PostFailure.ended)
                connection.giveUp()
                return serveWaiting(route)
            }
            lines[route, default: Line()].open[ObjectIdentifier(connection)] = connection
            if !errand.isOver {
                connection.carry(errand)
            } else if let next = nextWaiting(route) {
                connection.carry(next)
            } else {
                connection.waitForUse()
            }
        }
    }

    private func connect(_ route: PostRoute, until deadline: NIODeadline) -> EventLoopFuture<any Channel> {
        let pool = NIOLoopBound(self, eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(min(max(deadline - .now(), .nanoseconds(1)), Self.dialLimit))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try pool.value.prepare(channel, route) }
            }
        do {
            switch route.server {
            case .socket(let path):
                return bootstrap.connect(to: try NIOCore.SocketAddress(unixDomainSocketPath: path))
            case .host(let host, let port):
                let source = try route.source.map { try NIOCore.SocketAddress(ipAddress: "\($0)", port: 0) }
                let from = source.map { bootstrap.bind(to: $0) } ?? bootstrap
                // A name's addresses have to be looked up, which takes another thread; an address is one already.
                guard let address = try? NIOCore.SocketAddress(ipAddress: host, port: port) else {
                    return from.connect(host: host, port: port)
                }
                return from.connect(to: address)
            }
        } catch {
            return loop.makeFailedFuture(error)
        }
    }

    private func prepare(_ channel: any Channel, _ route: PostRoute) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(ConnectionCutter(all))
        if case .tls(let context) = route.security, case .host(let host, _) = route.server {
            try pipeline.addHandler(TLSHandler(context, server: host))
        }
        try pipeline.addHTTPClientHandlers()
        try pipeline.addHandler(PostConnection(route, self))
    }
}
