import Foundation
import SessionProtocol

/// A TCP connection that says one thing and hangs up.
enum RawConnection {
    enum Ending: Hashable {
        case closed
        /// Nothing came and nothing was closed for 10 seconds.
        case hung
        case refused
    }

    /// Connects, sends, says that no more will come, and reads until the other side closes.
    static func say(_ bytes: Bytes, to place: LoopbackPort) -> Ending {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = place.socketAddress
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else { return .refused }
        // The other side may well close before it has read all.
        _ = bytes.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        shutdown(socket, Int32(SHUT_WR))
        var buffer = Bytes(repeating: 0, count: 4096)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count > 0 { continue }
            return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? .hung : .closed
        }
    }
}
