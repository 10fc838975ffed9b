import Foundation
import SessionProtocol

/// Writes to a descriptor until everything is written.
public enum WholeWrite {
    /// - Returns: 0, or the error number of what kept the rest from being written.
    public static func write(_ bytes: Bytes, to descriptor: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}
