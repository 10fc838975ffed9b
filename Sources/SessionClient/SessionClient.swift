import NodeRuntime
import SessionCrypto
import SessionProtocol

/// A scripted Session client: one identity, one path, storing and retrieving through it (clients.md §3–§7).
///
/// Everything it asks of the world goes through its ``ClientEnvironment``. It records `pathBuilt`; what is sent and
/// received the caller records.
public actor SessionClient {
    /// Whose mailbox is read, and who signs.
    public nonisolated let identity: SessionIdentity
    let configuration: ClientConfiguration
    let environment: ClientEnvironment

    /// As events name it: `client:` and the configured name.
    public nonisolated var name: String { "client:\(configuration.name)" }

    var list: ServiceNodeList?
    /// By the client's uptime.
    var listFetchedAt = Duration.zero
    var path: OnionPath?
    var avoidance = NodeAvoidance()
    var offset = ClockOffset()
    var swarms: [AccountID: [OnionNode]] = [:]
    var polls: [Namespace: MailboxPolls] = [:]
    /// Those who wait for the path that another call is building.
    var pathWaiters: [CheckedContinuation<Void, Never>] = []
    var isBuildingPath = false

    /// Does nothing yet: ``start()`` comes first.
    public init(identity: SessionIdentity, configuration: ClientConfiguration, environment: ClientEnvironment) {
        self.identity = identity
        self.configuration = configuration
        self.environment = environment
    }

    /// Closes its connections. A closed client cannot be used again.
    public nonisolated func close() async { await environment.transport.close() }

    /// Fetches the service node list from the seed address and builds the path. May be called again for a fresh list.
    ///
    /// - Throws: ``ClientError/bootstrap(url:_:)``, ``ClientError/tooFewNodes(known:needed:)``,
    ///   ``ClientError/pathNotBuilt(attempts:last:)``, ``ClientError/cancelled``.
    public func start() async throws(ClientError) {
        let fetched = try await fetchList()
        let needed = OnionPath.length + 1
        guard fetched.nodes.count >= needed else { throw .tooFewNodes(known: fetched.nodes.count, needed: needed) }
        list = fetched
        listFetchedAt = environment.clock.uptime
        swarms = [:]
        if let path, !path.hops.allSatisfy({ fetched.node($0.ed25519) != nil }) { self.path = nil }
        _ = try await readyPath()
    }

    /// Takes the service node list from the seed address in place of the one it has (clients.md §3).
    /// - Returns: whether it lists others than before; `false` too when the seed gives none.
    @discardableResult
    func refetchList() async -> Bool {
        // A seed that cannot be reached is no news: whoever asks has a failure to tell already.
        guard let fetched = try? await fetchList() else { return false }
        listFetchedAt = environment.clock.uptime
        guard fetched != list else { return false }
        list = fetched
        avoidance = NodeAvoidance()
        swarms = swarms.mapValues { $0.filter { fetched.node($0.ed25519) != nil } }
        return true
    }

    /// The nodes of the path in use, the guard first; `nil` while there is none.
    public var pathHops: [Ed25519PublicKey]? { path?.hops.map(\.ed25519) }

    private func fetchList() async throws(ClientError) -> ServiceNodeList {
        var attempt = 1
        while true {
            do {
                return try await ServiceNodeList.fetch(
                    from: configuration.seedURL, over: environment.transport, timeout: configuration.seedTimeout,
                    reader: environment.lists)
            } catch {
                guard case .transport = error, attempt < configuration.attempts else {
                    throw .bootstrap(url: configuration.seedURL, error)
                }
            }
            try await pause(before: attempt)
            attempt += 1
        }
    }

    /// Waits before another try, twice as long each time.
    func pause(before attempt: Int) async throws(ClientError) {
        do {
            try await environment.clock.sleep(for: configuration.retryDelay * (1 << min(attempt - 1, 10)))
        } catch {
            throw .cancelled
        }
    }

    /// The network's time as nodes tell it, in milliseconds: what goes into requests and signatures.
    var networkTime: Int64 { environment.clock.wallMilliseconds + offset.milliseconds }
}
