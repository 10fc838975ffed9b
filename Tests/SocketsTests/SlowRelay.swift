import Dispatch
import Foundation
import Glibc
import SessionProtocol

/// Stands between one client and a server and hands on at its own pace what the server sends.
final class SlowRelay: Sendable {
    /// Where the client connects, on 127.0.0.1.
    let port: UInt16

    private let listener: CInt
    private let server: RawTCP.Connection
    private let bytesPerPause: Int
    private let pause: DispatchTimeInterval

    /// - Parameter pause: after each so many bytes.
    init(to address: IPv4Address, _ port: UInt16, bytesPerPause: Int, pause: DispatchTimeInterval) throws {
        server = try RawTCP.Connection(address, port)
        self.bytesPerPause = bytesPerPause
        self.pause = pause
        let listener = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        // Without an address the system binds some port of all, which is enough here.
        guard listener >= 0, Glibc.listen(listener, 1) == 0 else { throw RawTCP.Failure(step: "listen") }
        var bound = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &bound) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
        }
        guard result == 0 else { throw RawTCP.Failure(step: "getsockname") }
        self.port = UInt16(bigEndian: bound.sin_port)
    }

    deinit { Glibc.close(listener) }

    /// Blocks until one client was served.
    func run() {
        let client = accept(listener, nil, nil)
        defer { Glibc.close(client) }
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread { [server] in
            // A client that ends ends the server's side too, and the other way round.
            while server.forward(from: client, upTo: 65_536) {}
            server.shut()
            ended.signal()
        }
        while server.forward(to: client, upTo: bytesPerPause) {
            guard ended.wait(timeout: .now() + pause) == .timedOut else { return }
        }
        shutdown(client, Int32(SHUT_RDWR))
        ended.wait()
    }
}
