import Foundation
import Glibc
import SessionProtocol

/// A TCP connection that sends just the bytes it is told to.
enum RawTCP {
    struct Failure: Error {
        var step: String
        var code = errno
    }

    /// A connection that is open as long as this lives.
    final class Connection: Sendable {
        private let socket: CInt

        init(_ address: IPv4Address, _ port: UInt16) throws { socket = try RawTCP.open(address, port) }

        deinit { Glibc.close(socket) }

        func send(_ bytes: Bytes) { _ = RawTCP.send(socket, bytes) }

        /// Blocks until something has come, and leaves it where it is; `false` when nothing has for 10 seconds, or the peer
        /// has ended the connection.
        func hasSomething() -> Bool {
            var byte: UInt8 = 0
            return recv(socket, &byte, 1, Int32(MSG_PEEK)) == 1
        }

        /// What comes next; nothing when the peer has ended the connection, or nothing has come for 10 seconds.
        func receive() -> Bytes {
            var buffer = Bytes(repeating: 0, count: 65_536)
            let count = recv(socket, &buffer, buffer.count, 0)
            return Bytes(buffer.prefix(max(0, count)))
        }

        func shut() { Glibc.shutdown(socket, Int32(SHUT_RDWR)) }

        /// Sends what comes from another socket, at most so much; `false` when that one has ended.
        func forward(from other: CInt, upTo count: Int) -> Bool { RawTCP.forward(other, socket, count) }

        /// Hands to another socket what comes in, at most so much; `false` when one of them has ended.
        func forward(to other: CInt, upTo count: Int) -> Bool { RawTCP.forward(socket, other, count) }

        /// Blocks until the peer ends the connection; `false` when nothing has come for 10 seconds.
        func isEndedByPeer() -> Bool {
            var buffer = Bytes(repeating: 0, count: 65_536)
            while true {
                let count = recv(socket, &buffer, buffer.count, 0)
                if count <= 0 { return count == 0 || errno == ECONNRESET }
            }
        }
    }

    /// Connects, sends `bytes`, and returns what comes back until the peer closes, until `isEnough`, or until nothing
    /// has come for 10 seconds. With an `isEnough` that is content with nothing it does not wait at all.
    static func talk(
        _ address: IPv4Address, _ port: UInt16, sending bytes: Bytes,
        until isEnough: @escaping @Sendable (Bytes) -> Bool
    ) async throws -> Bytes {
        try await onThread {
            try withConnection(address, port) { socket in
                // The peer may well close before it has read all.
                _ = send(socket, bytes)
                var received = Bytes()
                var buffer = Bytes(repeating: 0, count: 65_536)
                while !isEnough(received) {
                    let count = recv(socket, &buffer, buffer.count, 0)
                    guard count > 0 else { break }
                    received += buffer.prefix(count)
                }
                return received
            }
        }
    }

    /// Sends until all is sent or nothing moved for 300 ms, and returns how many bytes the peer and the system took.
    static func offer(_ address: IPv4Address, _ port: UInt16, _ bytes: Bytes) async throws -> Int {
        try await onThread {
            try withConnection(address, port) { socket in
                var patience = timeval(tv_sec: 0, tv_usec: 300_000)
                setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
                return send(socket, bytes)
            }
        }
    }

    private static func forward(_ from: CInt, _ to: CInt, _ most: Int) -> Bool {
        var buffer = Bytes(repeating: 0, count: most)
        let count = recv(from, &buffer, most, 0)
        return count > 0 && send(to, Bytes(buffer.prefix(count))) == count
    }

    private static func send(_ socket: CInt, _ bytes: Bytes) -> Int {
        bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
                let count = Glibc.send(socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                guard count > 0 else { break }
                sent += count
            }
            return sent
        }
    }

    private static func withConnection<Value>(
        _ address: IPv4Address, _ port: UInt16, _ body: (CInt) throws -> Value
    ) throws -> Value {
        let socket = try open(address, port)
        defer { Glibc.close(socket) }
        return try body(socket)
    }

    private static func open(_ address: IPv4Address, _ port: UInt16) throws -> CInt {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Failure(step: "socket") }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard withAddress(address, port, { connect(socket, $0, $1) }) == 0 else {
            let failure = Failure(step: "connect")
            Glibc.close(socket)
            throw failure
        }
        return socket
    }

    private static func withAddress(
        _ address: IPv4Address, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        target.sin_addr.s_addr = address.rawValue.bigEndian
        return withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
