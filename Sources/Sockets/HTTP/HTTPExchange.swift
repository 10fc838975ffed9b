import NIOCore
import NIOHTTP1
import NodeRuntime
import SessionProtocol

/// One request on a connection, and how far it has come.
final class HTTPExchange {
    /// The service's side, waiting for the body.
    struct Reader {
        var limit: Int
        var waiter: CheckedContinuation<Bytes, any Error>
    }

    /// Counts the connection's requests.
    let number: Int
    /// Until the service is started.
    var waitingHead: NIOHTTP1.HTTPRequestHead?
    let isHead: Bool
    let keepsAlive: Bool
    /// From the header; `nil` when the request does not say.
    let announcedLength: Int?
    var received = ByteBuffer()
    var hasEnded = false
    /// What still comes is dropped: it was answered or refused without it.
    var isDiscarding = false
    var discarded = 0
    /// The connection ends after this exchange.
    var closesAfter = false
    var wasAnswered = false
    /// The peer sends the body when it is told to go ahead, and has not been told.
    var awaitsGoAhead = false
    var reader: Reader?
    var wasRead = false
    var task: Task<Void, Never>?

    init(_ number: Int, _ head: NIOHTTP1.HTTPRequestHead) {
        self.number = number
        waitingHead = head
        isHead = head.method == .HEAD
        keepsAlive = head.isKeepAlive
        announcedLength = head.headers.first(name: "content-length").flatMap { Int($0) }
    }

    /// What has come in of the body and was not taken yet.
    func takeReceived() -> Bytes {
        let bytes = received.readableBytes > 0 ? Bytes(received.readableBytesView) : []
        received = ByteBuffer()
        return bytes
    }

    /// Whether the peer, once it is answered, may leave the body out: what it sends next could be either.
    var mayLackBody: Bool { awaitsGoAhead && !hasEnded && received.readableBytes == 0 && discarded == 0 }
    /// Whether the next step is the peer's: then it may be cut off when it lets too much time pass.
    var waitsForPeer: Bool { !hasEnded && (reader != nil || isDiscarding) }
    /// Whether more of the body may come in now. Until someone reads, little is kept.
    var wantsMore: Bool { hasEnded || isDiscarding || reader != nil || received.readableBytes < 65_536 }
}

extension NIOHTTP1.HTTPRequestHead {
    /// Whether the peer waits for `100 Continue` before it sends the body. HTTP/1.0 has no such thing.
    var expectsContinue: Bool {
        guard version == .http1_1, let expectation = headers.first(name: "expect") else { return false }
        return expectation.lowercased() == "100-continue"
    }
}
