import Foundation
import NodeRuntime
import SessionProtocol
import Sockets

/// A verb's connection to a running network.
public struct ControlSession: Sendable {
    public let directory: RunDirectory

    /// The network answered with an error, in its own words.
    public struct Refused: Error, CustomStringConvertible {
        public let status: Int
        public let description: String
    }

    /// - Parameter name: the run; `nil` takes the latest.
    /// - Throws: ``RunError`` when there is no such run.
    public init(name: String?, parent: String) throws {
        guard let directory = name.map({ RunDirectory(name: $0, parent: parent) }) ?? RunDirectory.latest(in: parent)
        else {
            throw RunError.noRuns(parent: parent)
        }
        self.directory = directory
    }

    public func get(_ path: String) async throws -> JSON { try await request("GET", path, nil, .seconds(30)) }

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
            guard case .unreachable = error else { throw error }
            throw RunError.notRunning(name: directory.name, parent: directory.parent)
        }
        let answer = try JSON(parsing: reply.body)
        guard reply.status == 200 else {
            throw Refused(status: reply.status, description: answer["error"]?.asString ?? "status \(reply.status)")
        }
        return answer
    }

    /// Waits until the process that holds the run has ended. The kernel wakes this when the lock falls free.
    public func waitUntilReleased() throws {
        let descriptor = Glibc.open(directory.lock, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        while flock(descriptor, LOCK_SH) != 0 {
            guard errno == EINTR else {
                throw RunError.cannotWrite(path: directory.lock, reason: String(cString: strerror(errno)))
            }
        }
    }
}
