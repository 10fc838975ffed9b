import SessionProtocol

/// One block of a chain as its file keeps it; what the bytes mean is the chain's own business.
public struct StoredBlock: Sendable, Equatable {
    /// At most 2⁶³-1.
    public var height: UInt64
    public var content: Bytes

    public init(height: UInt64, content: Bytes) {
        self.height = height
        self.content = content
    }
}
