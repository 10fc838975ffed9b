import Foundation
import NodeRuntime
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    @Suite struct TLSIdentities {
        @Test("The key is for its owner only, and everybody who asks later gets the same pair")
        func once() async throws {
            try await withFolder { folder in
                let first = try TLSIdentity.selfSigned(in: folder)
                let certificate = try Data(contentsOf: URL(fileURLWithPath: first.certificateFile))
                let attributes = try FileManager.default.attributesOfItem(atPath: first.keyFile)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
                let second = try TLSIdentity.selfSigned(in: folder)
                #expect(second == first)
                #expect(try Data(contentsOf: URL(fileURLWithPath: second.certificateFile)) == certificate)
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["tls"])
            }
        }

        @Test("Many at once end with one pair that fits together, and leave nothing else behind")
        func race() async throws {
            try await withFolder { folder in
                let identities = try await withThrowingTaskGroup(of: TLSIdentity.self) { group in
                    for _ in 0..<8 { group.addTask { try TLSIdentity.selfSigned(in: folder) } }
                    return try await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(identities.count == 1)
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["tls"])
                // Refuses a key that is not the certificate's.
                _ = try sharedProcess.get().serverContext(for: try #require(identities.first))
            }
        }

        @Test("A folder that is not there is named")
        func missingFolder() {
            #expect {
                try TLSIdentity.selfSigned(in: "/nowhere")
            } throws: {
                "\($0)" == "cannot make a folder in /nowhere: No such file or directory"
            }
        }
    }
}
