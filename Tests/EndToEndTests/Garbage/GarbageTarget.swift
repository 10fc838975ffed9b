import SessionProtocol
import Testing

/// A port of a running network, and the process behind it.
struct GarbageTarget: Sendable {
    enum Kind: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case nodeHTTPS = "node HTTPS"
        case nodeQueue = "node message queue"
        case ledgerHTTP = "ledger HTTP"
        case ledgerQueue = "ledger message queue"

        var testDescription: String { rawValue }
    }

    var kind: Kind
    var place: LoopbackPort
    var process: Int32
    /// Of a message queue.
    var queueKey: X25519PublicKey?

    init(_ kind: Kind, in status: JSON) throws {
        self.kind = kind
        let ledger = try #require(status["ledger"])
        let node = try #require(status["nodes"]?.asArray?.first)
        let owner = [.nodeHTTPS, .nodeQueue].contains(kind) ? node : status
        process = Int32(try #require(owner["pid"]?.asInteger))
        func nodePort(_ field: String) throws -> LoopbackPort {
            LoopbackPort(
                address: try #require(node["ip"]?.asString.flatMap { IPv4Address($0) }),
                port: try #require(node[field]?.asUnsigned.flatMap(UInt16.init(exactly:))))
        }
        switch kind {
        case .nodeHTTPS: place = try nodePort("httpsPort")
        case .nodeQueue:
            place = try nodePort("omqPort")
            queueKey = X25519PublicKey(hex: try #require(node["pubkeyX25519"]?.asString))
        case .ledgerHTTP: place = try LoopbackPort.url(ledger["rpcURL"])
        case .ledgerQueue:
            place = try LoopbackPort.url(ledger["omqAddress"])
            queueKey = X25519PublicKey(hex: try #require(ledger["omqPubkey"]?.asString))
        }
    }
}
