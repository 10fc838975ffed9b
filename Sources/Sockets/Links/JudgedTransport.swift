import Faults
import NodeRuntime
import SessionProtocol
import Synchronization

/// A participant's transport with every message it sends judged by the link rules in force: requests, posts, pushes and
/// the replies of what it serves. As each participant judges what it sends, both directions of a link are covered.
///
/// Kinds, names and sizes of messages are those of a simulation, and so is what rules do to them, as far as one side of
/// a real connection can:
/// - A message that is lost stays unanswered until the asker's own time-out. One that is reset fails at once with
///   ``resetReason``, and alone: others on its connection go on. A reply that is reset is lost.
/// - A delayed message is sent late, also when the asker's time is up by then. Its place in the order is by the time at
///   which it is due; tasks that are due at one moment may swap, as any that send at one moment do.
/// - An extra copy of a request is a request of its own, whose answer nobody gets. Copies of replies are not sent: the
///   asker would ignore them.
///
/// Connections are made when the transport below sees fit, so ``Envelope/Kind/connect`` is not judged, and neither are
/// the queue's greetings and refusals.
public final class JudgedTransport: Transport {
    let inner: any Transport
    let clock: any NodeClock
    private let address: IPv4Address
    private let judge: LinkJudge
    private let errands: Errands
    /// By addressee; only links that something is under way on.
    private let links = Mutex<[IPv4Address: LinkSchedule]>([:])
    /// The last push to each addressee, which the next one must not pass.
    private let pushes = Mutex<[IPv4Address: Task<Void, Never>]>([:])

    /// Why a request or post failed that a rule reset.
    public static let resetReason = "the connection was reset by a rule"

    /// A transport that passes everything on to another.
    /// - Parameters:
    ///   - inner: opened, used and closed through this one only.
    ///   - address: the participant's, as the sender of everything it sends.
    ///   - clock: gives the time that rules' windows mean, and the delays.
    public init(_ inner: any Transport, from address: IPv4Address, judge: LinkJudge, clock: any NodeClock) {
        self.inner = inner
        self.address = address
        self.judge = judge
        self.clock = clock
        errands = Errands(clock)
    }

    /// Also lets go of what rules have delayed: it is not sent any more.
    public func close() async {
        errands.end()
        await inner.close()
    }

    // MARK: Judging

    /// How a message goes on its way.
    enum Passage: Equatable {
        /// As if there were no rules.
        case atOnce
        /// The message and then its copies, each after its time.
        case late([Duration])
        case lost
        case reset
    }

    /// - Parameters:
    ///   - name: of the command or path; asked for only where there are rules, as is the size.
    func passage(
        _ kind: Envelope.Kind, to addressee: IPv4Address, name: @autoclosure () -> String, size: @autoclosure () -> Int
    ) -> Passage {
        let verdict = judge.verdict {
            Envelope(
                from: address, to: addressee, kind: kind, name: name(), size: size(), at: clock.uptime)
        }
        switch verdict?.fate {
        case .dropped, .cut: return .lost
        case .reset: return .reset
        case .delivered, nil: return schedule(verdict ?? LinkVerdict(), to: addressee, size: size)
        }
    }

    /// Also asked where there are no rules any more: those under way stay in front.
    private func schedule(_ verdict: LinkVerdict, to addressee: IPv4Address, size: () -> Int) -> Passage {
        links.withLock { links in
            if links[addressee] == nil, verdict == LinkVerdict() { return .atOnce }
            let now = clock.uptime
            var link = links[addressee] ?? LinkSchedule()
            let arrival = link.arrival(
                size: size(), departing: now, delay: verdict.delay, bytesPerSecond: verdict.bytesPerSecond,
                mayOvertake: verdict.isOutOfOrder)
            links[addressee] = link.isClear(at: now) ? nil : link
            let wait = arrival - now
            if wait == .zero, verdict.copies.isEmpty { return .atOnce }
            return .late([wait] + verdict.copies.map { wait + $0 - verdict.delay })
        }
    }

    // MARK: Sending

    /// As the transport below does it; a rule's reset gives ``OMQOutcome/unreachable(_:)``.
    public func request(
        _ peer: OMQPeer, _ command: String, _ parts: [Bytes], timeout: Duration
    ) async -> OMQOutcome {
        let passage = passage(
            .request, to: peer.address, name: command, size: Self.queueSize(command, parts) + Self.tagSize)
        // As good as always, and every forwarded copy and onion comes by here.
        if case .atOnce = passage { return await inner.request(peer, command, parts, timeout: timeout) }
        let ends = Ends(
            timedOut: OMQOutcome.timedOut, reset: .unreachable(Self.resetReason),
            closed: .unreachable("the transport is closed"), cancelled: .timedOut)
        return await send(by: passage, timeout: timeout, ends) { [inner] in
            await inner.request(peer, command, parts, timeout: timeout)
        }
    }

    /// As the transport below does it; a rule's reset throws ``TransportError/unreachable(address:reason:)``.
    public func post(_ request: OutgoingPost) async throws(TransportError) -> HTTPReply {
        let (host, path) = Self.target(of: request.url)
        let passage = passage(.post, to: host, name: "POST \(path)", size: request.body.count)
        let ends = Ends<Result<HTTPReply, TransportError>>(
            timedOut: .failure(.timedOut(address: request.url, after: request.timeout)),
            reset: .failure(.unreachable(address: request.url, reason: Self.resetReason)),
            closed: .failure(.closed), cancelled: .failure(.closed))
        return try await send(by: passage, timeout: request.timeout, ends) { [inner] in
            do throws(TransportError) { return .success(try await inner.post(request)) } catch {
                return .failure(error)
            }
        }.get()
    }

    /// How something that is answered ends without an answer.
    private struct Ends<Answer: Sendable>: Sendable {
        var timedOut: Answer
        var reset: Answer
        var closed: Answer
        var cancelled: Answer
    }

    private func send<Answer: Sendable>(
        by passage: Passage, timeout: Duration, _ ends: Ends<Answer>,
        _ send: @escaping @Sendable () async -> Answer
    ) async -> Answer {
        let waits: [Duration]
        switch passage {
        case .atOnce: return await send()
        case .reset: return ends.reset
        case .lost: waits = []
        case .late(let times): waits = times
        }
        let answer = OneShot<Answer>()
        let timer = errands.start(after: timeout) { isDue in answer.give(isDue ? ends.timedOut : ends.closed) }
        for wait in waits {
            errands.start(after: wait) { isDue in
                if isDue { answer.give(await send()) }
            }
        }
        let result = await answer.value(whenCancelled: ends.cancelled)
        timer.cancel()
        return result
    }

    /// A push that is delayed keeps its place among those to the same address.
    public func push(_ command: String, _ parts: [Bytes], to connection: OMQConnection) {
        guard let (addressee, connection) = connection.untagged else { return }
        switch passage(.push, to: addressee, name: command, size: Self.queueSize(command, parts)) {
        case .atOnce: inner.push(command, parts, to: connection)
        case .lost, .reset: break
        case .late(let waits):
            let send = { @Sendable [inner] in inner.push(command, parts, to: connection) }
            pushes.withLock { pushes in
                let previous = pushes[addressee]
                pushes[addressee] = errands.start(after: waits[0]) { isDue in
                    await previous?.value
                    if isDue { send() }
                }
            }
            for wait in waits.dropFirst() { errands.start(after: wait) { isDue in if isDue { send() } } }
        }
    }
}
