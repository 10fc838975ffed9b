import Foundation
import SessionCrypto
import SessionProtocol
import Synchronization
import Testing

/// Every test account comes out of a vector file, so each file is parsed once.
private let parsed = Mutex<[String: JSON]>([:])

/// Reads a vector file that lies beside the tests.
func vectors(_ name: String) throws -> JSON {
    if let known = parsed.withLock({ $0[name] }) { return known }
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"))
    let vectors = try JSON(parsing: Bytes(Data(contentsOf: url)))
    parsed.withLock { $0[name] = vectors }
    return vectors
}

extension JSON {
    /// A value that must be there.
    func need(_ key: String) throws -> JSON { try #require(self[key], "nothing under \(key)") }

    /// A text that must be there.
    func text(_ key: String) throws -> String { try #require(self[key]?.asString, "no text \(key)") }

    /// Bytes that stand there in hex.
    func bytes(_ key: String) throws -> Bytes { try #require(Hex.decode(text(key)), "no hex in \(key)") }

    func list(_ key: String) throws -> [JSON] { try #require(self[key]?.asArray, "no list \(key)") }

    /// The element of a list whose `name` is this.
    func entry(_ list: String, named name: String) throws -> JSON {
        try #require(try self.list(list).first { $0["name"]?.asString == name }, "no \(name) in \(list)")
    }
}

extension NodeKeys {
    /// Some keys of the vectors, the rest of another node.
    init(
        borrowing other: NodeKeys, legacy: LegacyKeyPair? = nil, ed25519: Ed25519KeyPair? = nil,
        x25519: X25519KeyPair? = nil
    ) {
        self.init(
            legacy: legacy ?? other.legacy, ed25519: ed25519 ?? other.ed25519, x25519: x25519 ?? other.x25519)
    }
}
