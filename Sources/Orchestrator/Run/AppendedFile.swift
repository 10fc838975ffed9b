import Foundation
import SessionProtocol

/// A log of lines: each is in the file as a whole or not at all. Those that cannot be written wait, and go in first, in their
/// order, once there is room again. Not thread-safe.
struct AppendedFile {
    let path: String
    /// Kept open; `nil` for one that is opened for every line.
    private var descriptor: Int32?
    private var waiting: [Bytes] = []
    private var waitingBytes = 0
    /// How many lines found no place here either.
    private(set) var lost = 0
    /// Why lines wait; `nil` while none does.
    private(set) var failure: String?

    /// Bytes that may wait. A line that finds no room is lost, and what is lost is known.
    private let mostWaiting: Int

    /// - Parameters:
    ///   - staysOpen: costs a descriptor.
    ///   - mostWaiting: how many bytes may wait for room.
    init(path: String, staysOpen: Bool, mostWaiting: Int) {
        self.path = path
        self.mostWaiting = mostWaiting
        if staysOpen { descriptor = -1 }
    }

    /// Whether every line is in the file.
    var isWhole: Bool { waiting.isEmpty && lost == 0 }

    /// - Parameter line: with its line end.
    mutating func append(_ line: Bytes) {
        if waitingBytes + line.count > mostWaiting {
            flush()
            guard waitingBytes + line.count <= mostWaiting else {
                lost += 1
                return
            }
        }
        waiting.append(line)
        waitingBytes += line.count
        flush()
    }

    /// Writes what waits, as far as it can.
    mutating func flush() {
        guard !waiting.isEmpty else { return }
        let (file, isOwn) = open()
        guard file >= 0 else { return }
        defer { if isOwn { Glibc.close(file) } }
        var count = 0
        while count < waiting.count, isWritten(waiting[count], to: file) { count += 1 }
        waitingBytes -= waiting.prefix(count).reduce(0) { $0 + $1.count }
        waiting.removeFirst(count)
        if waiting.isEmpty { failure = nil }
    }

    mutating func close() {
        if let descriptor, descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = nil
    }

    private mutating func open() -> (file: Int32, isOwn: Bool) {
        if let descriptor, descriptor >= 0 { return (descriptor, false) }
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, OwnerOnly.fileMode)
        if file < 0 { failure = String(cString: strerror(errno)) }
        guard descriptor != nil else { return (file, true) }
        descriptor = file
        return (file, false)
    }

    /// Half a line is taken back: shortening a file needs no room.
    private mutating func isWritten(_ line: Bytes, to file: Int32) -> Bool {
        let (written, code) = WholeWrite.begin(line, to: file)
        guard code != 0 else { return true }
        failure = String(cString: strerror(code))
        let end = lseek(file, 0, SEEK_END)
        if written > 0, end >= off_t(written) { _ = ftruncate(file, end - off_t(written)) }
        return false
    }
}
