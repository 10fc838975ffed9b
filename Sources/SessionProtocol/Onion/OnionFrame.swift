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

    /// Why bytes are no frame, in the words that senders are told (storage-node §17).
    public enum Malformed: Error, Equatable, CustomStringConvertible {
        /// There is no length.
        case tooShort
        /// So many bytes follow the length, which says that the blob alone has `expected`.
        case blobReachesPastEnd(received: Int, expected: Int)

        public var description: String {
            switch self {
            case .tooShort: "Unexpected payload size; expected ciphertext size"
            case .blobReachesPastEnd(let received, let expected):
                "Unexpected payload size \(received), expected >= \(expected)"
            }
        }
    }

    public init(parsing bytes: Bytes) throws(Malformed) {
        guard bytes.count >= 4 else { throw .tooShort }
        let length = (0..<4).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
        guard length <= bytes.count - 4 else {
            throw .blobReachesPastEnd(received: bytes.count - 4, expected: length)
        }
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
