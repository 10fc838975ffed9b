import NodeRuntime
import Testing

@testable import Storage

/// How copies of a message agree on how long it lives.
@Suite struct MessageTimesTests {
    @Test("Two copies come to the same times whichever meets the other, and once they have, to no others")
    func joining() {
        var chance = SplitMix64(state: 3)
        for _ in 0..<20_000 {
            // Few values, so that many are equal.
            let all = (0..<2).map { _ in
                MessageTimes(
                    expiry: .random(in: 1...4, using: &chance), expiryChanged: .random(in: 0...4, using: &chance),
                    storedAt: .random(in: 1...5, using: &chance))
            }
            let joined = all[0].joined(with: all[1])
            #expect(joined == all[1].joined(with: all[0]), "\(all)")
            #expect(joined.joined(with: joined) == joined, "\(all)")
            for one in all {
                #expect(joined.joined(with: one) == joined, "\(all)")
                // An expiry may become shorter only by one that was set later.
                let isShortened = joined.expiry < one.expiry
                #expect(!isShortened || joined.expiryChanged > one.expiryChanged, "\(all)")
                #expect(!isShortened || joined.expiryChanged >= one.storedAt, "what was stored since is lost: \(all)")
            }
        }
    }
}
