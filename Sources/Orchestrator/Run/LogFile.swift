import Foundation
import SessionProtocol

/// One node's log, read from its end: what is asked for decides how much is read, not how long the log is.
final class LogFile {
    /// Where a line stands, without its end.
    struct Span: Equatable {
        var start: UInt64
        var length: UInt64
    }
    /// Tells whether it is still the same file.
    struct Identity: Equatable {
        var device: UInt64
        var number: UInt64
    }

    let identity: Identity
    /// How long it was when it was opened, or last measured.
    private(set) var size: UInt64
    /// When it was last written to, in milliseconds since the epoch.
    let written: Int64
    /// How many bytes were read so far.
    private(set) var bytesRead: UInt64 = 0
    private let descriptor: Int32
    private var block = Bytes()
    private var blockStart: UInt64 = 0

    private static let blockLength: UInt64 = 65_536

    /// - Returns: `nil` when there is no such file, or it cannot be read: then it has no lines.
    init?(_ path: String) {
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var facts = stat()
        // Not even a description of it can be had: `deinit` is not run for a failed initialiser.
        guard fstat(descriptor, &facts) == 0 else {
            Glibc.close(descriptor)
            return nil
        }
        identity = Identity(device: UInt64(facts.st_dev), number: UInt64(facts.st_ino))
        size = UInt64(max(0, facts.st_size))
        written = Int64(facts.st_mtim.tv_sec) * 1000 + Int64(facts.st_mtim.tv_nsec) / 1_000_000
    }

    deinit { Glibc.close(descriptor) }

    /// The bytes of a part of it, at most so many; fewer where the file ends.
    func bytes(_ span: Span, atMost limit: UInt64 = .max) -> Bytes {
        let length = min(span.length, limit)
        let offset = span.start &- blockStart
        if span.start >= blockStart, offset + length <= UInt64(block.count) {
            return Bytes(block[Int(offset)..<Int(offset + length)])
        }
        return read(from: span.start, length)
    }

    private func read(from start: UInt64, _ length: UInt64) -> Bytes {
        bytesRead += length
        return Bytes(unsafeUninitializedCapacity: Int(length)) { buffer, count in
            while count < Int(length) {
                let read = pread(
                    descriptor, buffer.baseAddress.map { $0 + count }, Int(length) - count, off_t(start) + off_t(count))
                if read < 0, errno == EINTR { continue }
                guard read > 0 else { return }
                count += read
            }
        }
    }

    /// Where the last whole line ends, with its newline: half a line may still grow.
    var endOfWholeLines: UInt64 { lastNewline(before: size).map { $0 + 1 } ?? 0 }

    /// The line that ends at a place, without its end of line; `nil` at the beginning of the file.
    /// - Parameter end: behind the line and its newline, or the end of the file.
    func line(before end: UInt64) -> Span? {
        guard end > 0 else { return nil }
        let hasNewline = byte(at: end - 1) == UInt8(ascii: "\n")
        let textEnd = hasNewline ? end - 1 : end
        let start = lastNewline(before: textEnd).map { $0 + 1 } ?? 0
        return Span(start: start, length: textEnd - start)
    }

    private func byte(at offset: UInt64) -> UInt8? {
        load(before: offset + 1)
        let place = offset &- blockStart
        return place < UInt64(block.count) ? block[Int(place)] : nil
    }

    private func lastNewline(before end: UInt64) -> UInt64? {
        var end = end
        while end > 0 {
            load(before: end)
            guard end > blockStart, end - blockStart <= UInt64(block.count) else { return nil }
            let known = Int(end - blockStart)
            let place = block.withUnsafeBufferPointer { $0[..<known].lastIndex(of: UInt8(ascii: "\n")) }
            if let place { return blockStart + UInt64(place) }
            end = blockStart
        }
        return nil
    }

    /// Has the byte before `end` in ``block``.
    private func load(before end: UInt64) {
        if end > blockStart, end - blockStart <= UInt64(block.count) { return }
        blockStart = end > Self.blockLength ? end - Self.blockLength : 0
        block = read(from: blockStart, end - blockStart)
    }

    /// How often a text stands in a part of it, however long that is; counts no further than `most`.
    func count(of search: TextSearch, in span: Span, atMost most: Int = .max) -> Int {
        var found = 0
        var offset = span.start
        let end = span.start + span.length
        var rest = Bytes()
        while offset < end, found < most {
            let piece = read(from: offset, min(Self.blockLength, end - offset))
            guard !piece.isEmpty else { break }
            offset += UInt64(piece.count)
            rest += piece
            let here = search.count(in: rest)
            found += here.found
            // The text may go on in the next piece.
            rest = Bytes(rest[max(here.end, rest.count - search.text.count + 1)...])
        }
        return found
    }
}
