import Foundation
import NodeRuntime
import PythonPrograms
import SessionClient
import SessionCrypto
import SessionProtocol
import Testing
import TimeLimits

@testable import Orchestrator

/// Onions over paths that lead through a program of its own.
@Suite(.serialized, .workLimit(minutes: 2)) struct ExternalOnionTests {
    private enum Place: Int, CaseIterable {
        case entry, relay, destination

        var path: [String] {
            var path = ["n1", "n2"]
            path.insert(NetworkWithDouble.name, at: rawValue)
            return path
        }
    }

    @Test("Stores and retrieves arrive over a program that is first, second or last on the path, in every encryption")
    func everyPlace() async throws {
        try await withDouble { testnet in
            try await OutsideCaller.with(testnet) { caller in
                let identity = try ScriptedClients.identity(2, seed: 7)
                var texts: Set<String> = []
                for (place, cipher) in Place.allCases.flatMap({ place in OnionCipher.allCases.map { (place, $0) } }) {
                    let text = "\(place) \(cipher)"
                    let stored = try await caller.onion(
                        "store", Inbox.store(text, for: identity), through: place.path, cipher)
                    let answer = try #require(stored.answer, "\(text): \(stored.outer)")
                    let entries = try JSON(parsing: answer.body)["swarm"]?.asObject
                    #expect(answer.status == 200 && entries?.count == 7, "\(text): \(answer)")
                    #expect(entries?.values.allSatisfy { $0["signature"] != nil } == true, "\(text): \(answer)")
                    texts.insert(text)
                    let read = try await caller.onion(
                        "retrieve", Inbox.retrieval(of: identity), through: place.path, cipher)
                    let inbox = try #require(read.answer, "\(text): \(read.outer)")
                    #expect(try Inbox.texts(in: JSON(parsing: inbox.body)) == texts, "\(text)")
                }
            }
        }
    }

    @Test("What a hop refuses comes back over a program with its status and text, and a refused request sealed")
    func refusals() async throws {
        try await withDouble { testnet in
            try await OutsideCaller.with(testnet) { caller in
                let pair = try X25519KeyPair(secretKey: Bytes(repeating: 9, count: 32))
                let ed25519 = try Ed25519KeyPair(seed: Bytes(repeating: 9, count: 32))
                let nobody = OnionNode(ed25519: ed25519.publicKey, x25519: pair.publicKey)
                for path in [["n1", NetworkWithDouble.name], [NetworkWithDouble.name, "n1"]] {
                    let (outer, _) = try await caller.onion("info", [:], through: path, beyond: nobody, .xchacha20)
                    #expect(outer.status == 502, "\(path)")
                    #expect(
                        String(decoding: outer.body, as: UTF8.self) == "Next node not found: \(nobody.ed25519.hex)")
                    // The last hop is told another key than its own.
                    let last = try #require(await testnet.status().nodes.first { $0.name == "n2" })
                    let (sealed, _) = try await caller.onion(
                        "info", [:], through: path, beyond: OnionNode(ed25519: last.ed25519, x25519: nobody.x25519),
                        .aesGCM)
                    #expect(sealed.status == 400 && sealed.body == Bytes("Invalid ciphertext".utf8), "\(path)")
                }
                let identity = try ScriptedClients.identity(3, seed: 7)
                var request = try #require(Inbox.retrieval(of: identity).asObject)
                request["timestamp"] = .integer(testnet.clock.wallMilliseconds - 120_000)
                let late = try await caller.onion(
                    "retrieve", .object(request), through: Place.destination.path, .aesGCM)
                #expect(
                    late.answer
                        == OnionReply(
                            status: 406, body: Bytes("retrieve timestamp too far from current time".utf8)))
            }
        }
    }

    @Test("The double opens, seals and passes on what others computed")
    func vectors() async throws {
        let vectors = ["SessionCryptoTests/Vectors/onion.json", "ServiceNodeTests/Vectors/storage.json"]
        let outcome = try await Python.run(
            "Tests/PythonPrograms/double_vectors.py",
            [StorageDouble.folder] + vectors.map { Python.file("Tests/\($0)") })
        #expect(outcome.status == 0, "\(outcome)")
        // The last of them; a script that ends early without an error must not pass.
        #expect(outcome.lines.last == "who tests whom is drawn from a block's hash", "\(outcome)")
    }
}
