import NodeRuntime
import SessionProtocol
import Testing

/// Bodies that are already in memory obey the reader's limit as those off the wire do.
struct HTTPBodyTests {
    @Test("A body of exactly the limit is read whole; one byte more is refused")
    func limit() async throws {
        let body = HTTPBody([1, 2, 3])
        #expect(try await body.collect(upTo: 3) == [1, 2, 3])
        await #expect(throws: HTTPBody.TooLarge.self) { try await body.collect(upTo: 2) }
    }
}
