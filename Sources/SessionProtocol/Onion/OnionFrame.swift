/// A decrypted onion layer, or an entry request: `u32 little-endian length ‖ blob ‖ JSON control` (storage-node §7.1).
public struct OnionFrame: Sendable, Equatable {
    public var blob: Bytes
    /// The text after the blob, not yet parsed.
    public var control: Bytes

    public init(blob: Bytes, control: Bytes) {
        self.blob = blob
        self.control = control
    }

    public init(blob: Bytes, control: JSON) {
        self.init(blob: blob, control: control.utf8)
    }

    /// Why bytes are no frame.
    public enum Malformed: String, Error, CustomStringConvertible {
        case tooShort = "onion request is too short to hold a length"
        case blobReachesPastEnd = "onion request is shorter than its blob length says"
        public var description: String { rawValue }
    }

    public init(parsing bytes: Bytes) throws(Malformed) {
        guard bytes.count >= 4 else { throw .tooShort }
        let length = (0..<4).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
        guard length <= bytes.count - 4 else { throw .blobReachesPastEnd }
        blob = Bytes(bytes[4..<4 + length])
        control = Bytes(bytes[(4 + length)...])
    }

    public var encoded: Bytes {
        var bytes = Bytes()
        bytes.reserveCapacity(4 + blob.count + control.count)
        let length = UInt32(blob.count)
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: length >> UInt32(shift))) }
        return bytes + blob + control
    }
}
