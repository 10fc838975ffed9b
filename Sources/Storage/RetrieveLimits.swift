import SessionProtocol

/// How much one retrieve may return (storage-node §3.6).
public struct RetrieveLimits: Sendable, Equatable {
    /// Most messages; `nil` for no limit by count. Below 1 counts as 1: a page is never empty while messages wait.
    public var maximumCount: Int?
    /// Most bytes, counted by ``cost(ofDataBytes:)``. The first message is returned even if it alone exceeds this.
    public var maximumBytes: Int

    public init(maximumCount: Int? = nil, maximumBytes: Int = Limits.retrieveBytes) {
        self.maximumCount = maximumCount
        self.maximumBytes = maximumBytes
    }

    /// The limits meant by a request's `max_count` and `max_size`.
    ///
    /// Zero is the same as absent. A negative count means no limit by count. A negative size −k means one k-th of
    /// ``Limits/retrieveBytes``; with neither field that is −5; larger sizes are cut to ``Limits/retrieveBytes``.
    public init(requestedCount: Int?, requestedSize: Int?) {
        let count = requestedCount == 0 ? nil : requestedCount
        let size = requestedSize == 0 ? nil : requestedSize
        maximumCount = count.flatMap { $0 < 0 ? nil : $0 }
        switch size ?? (count == nil ? -5 : Limits.retrieveBytes) {
        case let share where share < 0:
            maximumBytes = Int(UInt(Limits.retrieveBytes) / share.magnitude)
        case let bytes:
            maximumBytes = min(bytes, Limits.retrieveBytes)
        }
    }

    /// What a message counts for: its data as base64, its hash and a flat 100 bytes, whatever the request's encoding.
    public static func cost(ofDataBytes length: Int) -> Int { 100 + 43 + length * 4 / 3 }
}
