import Foundation
import SessionProtocol
import Testing

/// Reads a vector file that lies beside the tests.
func vectors(_ name: String) throws -> JSON {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"))
    return try JSON(parsing: Bytes(Data(contentsOf: url)))
}

extension JSON {
    /// A text that must be there.
    func text(_ key: String) throws -> String { try #require(self[key]?.asString, "no text \(key)") }

    /// Bytes that stand there in hex.
    func bytes(_ key: String) throws -> Bytes { try #require(Hex.decode(text(key)), "no hex in \(key)") }

    func list(_ key: String) throws -> [JSON] { try #require(self[key]?.asArray, "no list \(key)") }
}
