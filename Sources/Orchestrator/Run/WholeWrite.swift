import Foundation
import SessionProtocol

/// Writes to a descriptor until everything is written.
public enum WholeWrite {
    /// Waits for as long as it takes, also where the descriptor itself would not: whoever shares a terminal or pipe with
    /// this process may have made it non-blocking.
    ///
    /// - Returns: 0, or the error number of what kept the rest from being written.
    public static func write(_ bytes: Bytes, to descriptor: Int32) -> Int32 { begin(bytes, to: descriptor).failure }

    /// As ``write(_:to:)``.
    /// - Returns: also how many bytes were written.
    static func begin(_ bytes: Bytes, to descriptor: Int32) -> (written: Int, failure: Int32) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
                continue
            }
            let failure = errno
            switch failure {
            case EINTR: continue
            case EAGAIN: waitUntilWritable(descriptor)
            default: return (written, failure)
            }
        }
        return (written, 0)
    }

    /// Also returns when nothing can be written any more: the next try says why.
    private static func waitUntilWritable(_ descriptor: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while poll(&entry, 1, -1) < 0, errno == EINTR {}
    }
}
