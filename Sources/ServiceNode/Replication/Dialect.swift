import SessionProtocol

/// How a storage server reads the messages it is handed (storage-node §8.4, storage-2.11 §4).
enum Dialect: Sendable, Equatable {
    /// A node of this kind: namespace and moments go with each message.
    case own
    /// Another's, from 2.11.3 on: the namespace is the sixth element.
    case namespaced
    /// Another's, older: it reads five elements and files everything under the namespace 0, for good. A store to the
    /// right namespace that comes later changes nothing.
    case plain

    /// - Parameter isOwnKind: whether it answered the ``Greeting`` as a node of this kind does. The version alone does not
    ///   tell: nodes of this kind announce that of the server they are compatible with.
    init(isOwnKind: Bool, version: StorageServerVersion) {
        self = isOwnKind ? .own : version >= .readsNamespaces ? .namespaced : .plain
    }
}

/// How nodes of this kind know each other before they hand each other anything: a blob of `sn.data` of a version that does
/// not exist. Every other server ignores it and answers without a frame, so that the question costs one round trip and
/// changes nothing, whoever is asked.
enum Greeting {
    /// The last first byte that names a version (storage-node §8.4).
    static let question = [UInt8(ascii: "/")] + Bytes("testnet".utf8)
    static let answer = Bytes("testnet".utf8)

    /// Whether a reply is one of this kind's.
    static func isOwnKind(_ parts: [Bytes]) -> Bool { parts == [answer] }
}
