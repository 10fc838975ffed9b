import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    @Test("No two tags of a transport are the same, whichever tasks ask for them, nor those of two transports")
    func tagsDiffer() async {
        let tags = [RequestTags(), RequestTags()]
        let all = await withTaskGroup(of: [Bytes].self) { group in
            for number in 0..<8 { group.addTask { (0..<500).map { _ in tags[number % 2].next() } } }
            return await group.reduce(into: [Bytes]()) { $0 += $1 }
        }
        #expect(Set(all).count == 4_000 && all.allSatisfy { $0.count == 15 })
    }
}
