import SessionProtocol

/// A message-queue listener without encryption (ZeroMQ's NULL mechanism), for a caller that has no keys yet: whoever
/// connects there is taken for one given participant (storage-node §10.1). Only for addresses that nobody else reaches.
public struct PlainListener: Sendable, Equatable {
    /// What it binds.
    public var address: IPv4Address
    /// 0 lets the system choose.
    public var port: UInt16
    /// Whose key the caller counts as having proved.
    public var caller: X25519PublicKey
    /// Where that participant lives, whatever address the connection comes from.
    public var callerAddress: IPv4Address

    /// - Parameter port: 0 lets the system choose.
    public init(address: IPv4Address, port: UInt16 = 0, caller: X25519PublicKey, callerAddress: IPv4Address) {
        self.address = address
        self.port = port
        self.caller = caller
        self.callerAddress = callerAddress
    }
}
