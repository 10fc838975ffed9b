import CHost
import Foundation
import NodeRuntime
import SessionProtocol
import Sockets

/// A verb's connection to a running network.
public struct ControlSession: Sendable {
    public let directory: RunDirectory
    /// The run, and why it is this one.
    public let choice: RunChoice

    /// The network answered with an error, in its own words.
    public struct Refused: Error, CustomStringConvertible {
        public let status: Int
        public let description: String
    }

    /// - Parameter name: the run; `nil` takes the one that is up.
    /// - Throws: ``RunError`` when there is no such run, or none can be told from others, and
    ///   ``RunError/simulated(name:events:)`` for one without a control API.
    public init(name: String?, parent: String) throws {
        choice = try RunChoice(name: name, in: parent)
        directory = choice.run.directory
        guard name == nil || directory.exists else { throw RunError.noSuchRun(name: directory.name, parent: parent) }
        guard choice.run.mode != .simulated else {
            throw RunError.simulated(name: directory.name, events: directory.events)
        }
    }

    public func get(_ path: String) async throws -> JSON { try await request("GET", path, nil, .seconds(5)) }

    public func post(_ path: String, _ body: JSON, timeout: Duration = .seconds(60)) async throws -> JSON {
        try await request("POST", path, body, timeout)
    }

    private func request(_ method: String, _ path: String, _ body: JSON?, _ timeout: Duration) async throws -> JSON {
        let reply: HTTPReply
        do {
            reply = try await ControlClient.request(
                socketPath: directory.controlSocket, method: method, path: path, body: body?.utf8 ?? [],
                timeout: timeout)
        } catch {
            switch (error, directory.holder) {
            case (.timedOut(_, let limit), let holder?):
                throw RunError.unresponsive(name: directory.name, holder: holder, after: limit)
            case (.unreachable, let holder?): throw RunError.changing(name: directory.name, holder: holder)
            case (.unreachable, nil) where choice.reason == .latest: throw RunError.noneUp(latest: choice.run)
            case (.unreachable, nil): throw RunError.notRunning(name: directory.name, parent: directory.parent)
            default: throw error
            }
        }
        let answer = try JSON(parsing: reply.body)
        guard reply.status == 200 else {
            throw Refused(status: reply.status, description: answer["error"]?.asString ?? "status \(reply.status)")
        }
        return answer
    }

    /// Asks the network to end, and waits until its process has. The kernel wakes this when that happens.
    public func end() async throws {
        // A network at work may be slow to answer; one that is to end is given the time.
        let status = try await request("GET", "/status", nil, .seconds(30))
        guard let number = status["pid"]?.asInteger, let processID = Int32(exactly: number) else { return }
        // Before it is asked: a handle taken afterwards might mean a later process of the same number.
        let process = chost_pidfd_open(processID)
        guard process >= 0 else { throw RunError.notRunning(name: directory.name, parent: directory.parent) }
        defer { close(process) }
        _ = try await post("/down", [:], timeout: .seconds(5))
        var wait = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
        let limit = Duration.seconds(30)
        while true {
            let count = poll(&wait, 1, Int32(limit / .milliseconds(1)))
            if count > 0 { return }
            if count < 0, errno == EINTR { continue }
            let holder = directory.holder ?? "process \(processID)"
            throw RunError.unresponsive(name: directory.name, holder: holder, after: limit)
        }
    }
}
