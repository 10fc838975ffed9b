import SessionProtocol

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// SQLite's write-ahead log as whoever opens the file next would read it: frames count as far as their checksums go on from
/// each other (sqlite.org/fileformat2.html §4). A connection that is open does not look at them again.
struct WriteAheadLog {
    /// What the connections that have the file open agree on.
    struct Header: Equatable {
        var frames: UInt32
        /// The checksum after the last frame.
        var checksum: [UInt32]
        /// As they stand in every frame.
        var salts: Bytes

        /// - Parameter index: the first 48 bytes of the shared index, in the machine's own order.
        init(index: UnsafeRawBufferPointer) {
            frames = index.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
            checksum = [24, 28].map { index.loadUnaligned(fromByteOffset: $0, as: UInt32.self) }
            salts = Bytes(index[32..<40])
        }
    }

    private static let headerBytes = 32
    private static let frameHeaderBytes = 24

    /// Whether the file holds all the frames that its users believe to be in it.
    static func holds(_ header: Header, at path: String) -> Bool {
        guard header.frames > 0 else { return true }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        guard let start = read(headerBytes, from: file),
            start.withUnsafeBytes({ $0[16..<24].elementsEqual(header.salts) })
        else { return false }
        let isBigEndian = start[3] & 1 == 1
        let pageBytes = Int(word(start, at: 8))
        // Or else nobody wrote it as a log.
        guard (512...65_536).contains(pageBytes) else { return false }
        var sum = Checksum(isBigEndian: isBigEndian)
        sum.add(start[..<24])
        guard sum.words == [word(start, at: 24), word(start, at: 28)] else { return false }
        for _ in 0..<header.frames {
            guard let frame = read(frameHeaderBytes + pageBytes, from: file), frame[8..<16].elementsEqual(header.salts)
            else { return false }
            sum.add(frame[..<8])
            sum.add(frame[frameHeaderBytes...])
            guard sum.words == [word(frame, at: 16), word(frame, at: 20)] else { return false }
        }
        return sum.words == header.checksum
    }

    private static func word(_ bytes: Bytes, at place: Int) -> UInt32 {
        bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// - Returns: `nil` when there are not so many bytes.
    private static func read(_ count: Int, from file: Int32) -> Bytes? {
        var filled = 0
        let bytes = Bytes(unsafeUninitializedCapacity: count) { buffer, initialized in
            while filled < count {
                let more = systemRead(file, buffer.baseAddress?.advanced(by: filled), count - filled)
                if more < 0, errno == EINTR { continue }
                guard more > 0 else { break }
                filled += more
            }
            initialized = filled
        }
        return filled == count ? bytes : nil
    }

    private static func systemRead(_ file: Int32, _ place: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
        #if canImport(Glibc)
        Glibc.read(file, place, count)
        #elseif canImport(Musl)
        Musl.read(file, place, count)
        #else
        Darwin.read(file, place, count)
        #endif
    }
}

/// The sum that runs through a log.
private struct Checksum {
    let isBigEndian: Bool
    private(set) var words: [UInt32] = [0, 0]

    init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

    /// - Parameter bytes: a multiple of eight.
    mutating func add(_ bytes: ArraySlice<UInt8>) {
        var (first, second) = (words[0], words[1])
        bytes.withUnsafeBytes { raw in
            for place in stride(from: 0, to: raw.count, by: 8) {
                let (one, two) = (
                    raw.loadUnaligned(fromByteOffset: place, as: UInt32.self),
                    raw.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self)
                )
                first = first &+ (isBigEndian ? one.bigEndian : one.littleEndian) &+ second
                second = second &+ (isBigEndian ? two.bigEndian : two.littleEndian) &+ first
            }
        }
        words = [first, second]
    }
}
