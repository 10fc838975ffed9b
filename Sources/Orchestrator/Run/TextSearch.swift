import Foundation
import SessionProtocol

/// A text to be found among bytes, which need not be text.
struct TextSearch: Sendable {
    let string: String
    let text: Bytes

    init(_ text: String) {
        string = text
        self.text = Bytes(text.utf8)
    }

    func isFound(in bytes: Bytes) -> Bool { bytes.withUnsafeBytes { first(in: $0, from: 0) != nil } }

    /// How often it stands in `bytes`, and behind which byte the last of them ends; 0 when there is none.
    func count(in bytes: Bytes) -> (found: Int, end: Int) {
        bytes.withUnsafeBytes { buffer in
            var (found, end) = (0, 0)
            while let place = first(in: buffer, from: end) {
                found += 1
                end = place + text.count
            }
            return (found, end)
        }
    }

    private func first(in buffer: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let letter = text.first, let base = buffer.baseAddress else { return text.isEmpty ? start : nil }
        var place = start
        while place + text.count <= buffer.count {
            guard let next = memchr(base + place, Int32(letter), buffer.count - text.count + 1 - place) else {
                return nil
            }
            place = base.distance(to: next)
            if memcmp(next, text, text.count) == 0 { return place }
            place += 1
        }
        return nil
    }
}
