import Foundation
import SessionProtocol
import Swarms
import Testing

/// A resource of these tests, parsed.
enum VectorFile {
    static func read(_ name: String) throws -> JSON {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"))
        return try JSON(parsing: Bytes(Data(contentsOf: url)))
    }

    static func list(_ name: String, _ key: String) throws -> [JSON] { try #require(try read(name)[key]?.asArray) }
}

extension JSON {
    func text(_ key: String) throws -> String { try #require(self[key]?.asString) }

    /// A number that the vectors hold as a decimal string.
    func number(_ key: String) throws -> UInt64 { try #require(UInt64(text(key))) }

    func numbers(_ key: String) throws -> [UInt64] {
        try #require(self[key]?.asArray).map { try #require(UInt64($0.asString ?? "")) }
    }

    func nodes(_ key: String) throws -> [String] { try #require(self[key]?.asArray).compactMap { $0.asString } }

    /// `{swarm id in decimal: [node]}`
    func assignment(_ key: String) throws -> SwarmAssignment<String> {
        var swarms: [SwarmID: [String]] = [:]
        for (id, members) in try #require(self[key]?.asObject) {
            swarms[SwarmID(try #require(UInt64(id)))] = members.asArray?.compactMap(\.asString)
        }
        return SwarmAssignment(swarms)
    }
}
