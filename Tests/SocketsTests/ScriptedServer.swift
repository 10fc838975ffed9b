import Foundation
import Glibc
import SessionProtocol
import Synchronization

/// A server of plain TCP that answers requests without bodies as it is told, and may end a connection at any point: after
/// an answer with `Connection: close` it does.
final class ScriptedServer: Sendable {
    /// What happens at a request: the bytes to send, or `nil` to end the connection without any.
    typealias Script = @Sendable (_ connection: Int, _ request: Int) -> Bytes?

    /// On 127.0.0.1.
    let port: UInt16
    var url: String { "http://127.0.0.1:\(port)/" }

    private let listener: CInt
    private let seen = Mutex<[String]>([])

    /// The heads of all requests, in the order in which they came.
    var requests: [String] { seen.withLock { $0 } }

    init(_ script: @escaping Script) throws {
        let listener = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        guard listener >= 0, Glibc.listen(listener, 16) == 0 else { throw RawTCP.Failure(step: "listen") }
        var bound = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &bound) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
        }
        guard result == 0 else { throw RawTCP.Failure(step: "getsockname") }
        port = UInt16(bigEndian: bound.sin_port)
        Thread.detachNewThread { [self] in
            for connection in 1... {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { [self] in serve(client, connection, script) }
            }
        }
    }

    /// Accepts nobody any more.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    deinit { Glibc.close(listener) }

    private func serve(_ client: CInt, _ connection: Int, _ script: Script) {
        defer { Glibc.close(client) }
        for number in 1... {
            guard let head = Self.head(client) else { return }
            seen.withLock { $0.append(head) }
            guard let answer = script(connection, number) else { return }
            guard Glibc.send(client, answer, answer.count, Int32(MSG_NOSIGNAL)) == answer.count else { return }
            if String(decoding: answer, as: UTF8.self).contains("Connection: close") { return }
        }
    }

    private static func head(_ client: CInt) -> String? {
        var head = Bytes()
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            var byte: UInt8 = 0
            guard recv(client, &byte, 1, 0) == 1 else { return nil }
            head.append(byte)
        }
        return String(decoding: head, as: UTF8.self)
    }
}
