import Foundation
import NodeRuntime
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    @Suite struct Control {
        private static let service: HTTPService = { head, body in
            do {
                let bytes = try await body.collect(upTo: 1000)
                return HTTPReply(status: 201, headers: ["X-Seen": "\(head.method) \(head.path)"], body: bytes)
            } catch {
                return HTTPReply(status: 413)
            }
        }

        private static func server(_ path: String) async throws -> ControlServer {
            try await ControlServer(path: path, process: try sharedProcess.get(), service: service)
        }

        private static func reason(_ body: () async throws -> Void) async -> String {
            do {
                try await body()
                return "nothing was thrown"
            } catch TransportError.cannotListen(_, let reason) {
                return reason
            } catch {
                return "\(error)"
            }
        }

        @Test("A request reaches the server whatever characters its path has; the file is its owner's and goes with it")
        func roundTrip() async throws {
            try await withFolder { folder in
                let path = "\(folder)/a b%20c.sock"
                let server = try await Self.server(path)
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
                for (method, body) in [("GET", Bytes()), ("POST", [1, 2, 3])] {
                    let reply = try await ControlClient.request(
                        socketPath: path, method: method, path: "/status?x=1", body: body, timeout: .seconds(60))
                    #expect(reply.status == 201 && reply.body == body)
                    #expect(reply.headers["X-Seen"] == "\(method) /status?x=1")
                }
                await server.close()
                #expect(!FileManager.default.fileExists(atPath: path))
                await #expect(throws: TransportError.self) {
                    try await ControlClient.request(socketPath: path, method: "GET", path: "/", timeout: .seconds(3600))
                }
            }
        }

        @Test("A socket nobody listens on is replaced; one in use, or something else, is not touched")
        func takenPaths() async throws {
            try await withFolder { folder in
                let path = "\(folder)/control.sock"
                #expect(mknod(path, S_IFSOCK | 0o600, 0) == 0)
                let server = try await Self.server(path)
                #expect(await Self.reason { _ = try await Self.server(path) } == "another process listens there")
                let reply = try await ControlClient.request(
                    socketPath: path, method: "GET", path: "/", timeout: .seconds(60))
                #expect(reply.status == 201)
                await server.close()
                try Data([1]).write(to: URL(fileURLWithPath: path))
                #expect(
                    await Self.reason { _ = try await Self.server(path) } == "there is something that is not a socket")
                #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([1]))
            }
        }

        @Test("A path of 103 bytes works, and one of 104 is refused with both numbers")
        func longPaths() async throws {
            try await withFolder { folder in
                let longest = "\(folder)/" + String(repeating: "x", count: 102 - folder.utf8.count)
                let server = try await Self.server(longest)
                let reply = try await ControlClient.request(
                    socketPath: longest, method: "GET", path: "/", timeout: .seconds(60))
                #expect(reply.status == 201)
                await server.close()
                #expect(
                    await Self.reason { _ = try await Self.server(longest + "x") }
                        == "the path has 104 bytes, and a Unix socket's may have 103")
            }
        }
    }
}
