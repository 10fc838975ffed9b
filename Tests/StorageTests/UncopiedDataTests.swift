import SessionProtocol
import Storage
import Testing

/// Thousands of simulated nodes keep the same messages; their data must lie in memory once, and not outlive them.
@Suite struct UncopiedDataTests {
    private static func address(_ data: Bytes) -> UInt { data.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }

    @Test("Stores on different disks hand out the very bytes they were given, also after a crash")
    func sameBytes() async throws {
        let sent = message(1, data: Bytes(repeating: 7, count: 1_000))
        for _ in 1...2 {
            let disk = SimulatedDisk()
            let store = try SimulatedMessageStore(disk: disk)
            _ = try await store.store(sent)
            _ = try await store.store(message(1, expiry: 3_000))
            disk.crash()
            let found = try #require(try await SimulatedMessageStore(disk: disk).everything().first)
            #expect(found.expiry == 3_000)
            #expect(Self.address(found.data) == Self.address(sent.data))
        }
    }

    @Test("After the checkpoint that follows a deletion nothing holds the data any more")
    func released() async throws {
        // More than the log may hold, so that each write is followed by a checkpoint.
        var data = Bytes(repeating: 7, count: 5_000_000)
        let before = Self.address(data)
        let disk = SimulatedDisk()
        let store = try SimulatedMessageStore(disk: disk)
        _ = try await store.store(message(1, data: data))
        #expect(try await store.removeExpired(at: 2_000) == 1)
        // Bytes that somebody else holds as well would be copied for this.
        data[0] = 8
        #expect(Self.address(data) == before)
        withExtendedLifetime(store) {}
    }
}
