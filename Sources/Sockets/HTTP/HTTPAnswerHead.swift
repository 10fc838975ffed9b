import NIOCore
import NIOHTTP1
import NodeRuntime
import SessionProtocol

/// The bytes before an answer's body. Written at once into the buffer that the body follows in, because every handler that
/// an answer passes in pieces costs more than writing it.
struct HTTPAnswerHead {
    let reply: HTTPReply
    /// Beside those of the reply.
    let serverHeader: String?
    let date: String
    let closes: Bool

    /// Of a head as this node writes them, with room to spare.
    static let usualBytes = 512

    static let goAhead = "HTTP/1.1 100 Continue\r\n\r\n"

    /// Whether an answer of a status may have a body at all (RFC 9110, section 6.4.1).
    static func allowsBody(_ status: Int) -> Bool { status >= 200 && status != 204 && status != 304 }

    func write(to buffer: inout ByteBuffer) {
        if reply.status == 200 {
            buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            let reason = HTTPResponseStatus(statusCode: reply.status).reasonPhrase
            buffer.writeString("HTTP/1.1 \(reply.status) \(reason)\r\n")
        }
        var hasServer = false
        // In an order that does not change from run to run.
        for (name, value) in reply.headers.sorted(by: { $0.key < $1.key }) {
            guard Self.isName(name), Self.isValue(value) else { continue }
            hasServer = hasServer || name.utf8.elementsEqual("server".utf8) { $0 | 0x20 == $1 }
            write(name, value, to: &buffer)
        }
        if !hasServer, let serverHeader { write("Server", serverHeader, to: &buffer) }
        write("Date", date, to: &buffer)
        if Self.allowsBody(reply.status) { write("Content-Length", String(reply.body.count), to: &buffer) }
        if closes { write("Connection", "close", to: &buffer) }
        buffer.writeStaticString("\r\n")
    }

    private func write(_ name: String, _ value: String, to buffer: inout ByteBuffer) {
        buffer.writeString(name)
        buffer.writeStaticString(": ")
        buffer.writeString(value)
        buffer.writeStaticString("\r\n")
    }

    /// A name from a server behind an onion could end the header it stands in; such a header is left out.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
    }

    private static func isValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
    }
}
