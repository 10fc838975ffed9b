import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Why a request got no answer.
enum PostFailure: Error {
    case ended
    case tooLong(limit: Int)
    case unaskedAnswer

    /// One plain sentence. A relay tells it whoever sent the onion, who has no use for a library's types, for places in
    /// its sources, or for numbers of the system's errors.
    static func reason(of error: any Error) -> String {
        switch error {
        case PostFailure.tooLong(let limit): "its answer is longer than \(limit) bytes"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            // Every address of the name was tried. The IPv6 ones come first, and most machines have only the others.
            error.connectionErrors.last.map { reason(of: $0.error) } ?? "nobody knows the name \(error.host)"
        case HTTPParserError.invalidEOFState: endedEarly
        case is HTTPParserError: "its answer is not HTTP"
        case let error as TLSFailure: error.description
        case is SocketAddressError: "there can be no such address"
        default: endedEarly
        }
    }

    private static let endedEarly = "the connection ended before the answer"
}
