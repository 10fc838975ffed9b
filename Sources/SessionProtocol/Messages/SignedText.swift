/// What an account holder signs for each request: ASCII parts with nothing between them (storage-node §3.5).
public enum SignedText {
    /// - Parameter timestamp: the signature's own time, in milliseconds since the epoch.
    public static func store(_ namespace: Namespace, timestamp: Int64) -> Bytes {
        Bytes("store\(namespace.signedText)\(timestamp)".utf8)
    }

    /// - Parameter timestamp: the request's time, in milliseconds since the epoch.
    public static func retrieve(_ namespace: Namespace, timestamp: Int64) -> Bytes {
        Bytes("retrieve\(namespace.signedText)\(timestamp)".utf8)
    }
}
