import SessionProtocol
import Storage
import Yams

extension Topology {
    /// How nodes keep messages and serve clients. External servers have their own settings.
    public struct StorageSettings: Sendable, Equatable {
        /// Whether nodes refuse clients that ask too much (storage-node §12.1). YAML `rateLimit: true` or `false`.
        /// Default `true`.
        public var rateLimit = true
        /// Bytes a node's database may reach. YAML `maximumSize`, 1MiB–1TiB in KiB, MiB, GiB or TiB. Default 3584MiB,
        /// as in the reference.
        public var maximumSize = standardMaximumSize
        /// Whose X25519 keys may ask nodes for their statistics (storage-node §1.4). YAML `statsAccessKeys`, a list of
        /// keys in 64 hex digits. Default: nobody's.
        public var statsAccessKeys: [X25519PublicKey] = []

        /// As in the reference, everything by default.
        public init() {}

        static let standardMaximumSize = SQLiteMessageStore.defaultMaximumBytes
    }

    /// Reads what a file says of storage.
    mutating func readStorage(_ node: Node, with reader: inout TopologyReader) {
        guard
            let section = reader.section(
                node, at: "storage", example: "a mapping such as {maximumSize: 3584MiB}")
        else { return }
        storage.rateLimit =
            reader.value(section, "rateLimit", example: "true or false", TopologyRules.truth) ?? storage.rateLimit
        storage.maximumSize =
            reader.value(section, "maximumSize", example: "a size such as 3584MiB", TopologyRules.storageSize)
            ?? storage.maximumSize
        storage.statsAccessKeys =
            reader.list(
                section, "statsAccessKeys", example: "a list of keys in hex", TopologyRules.statsAccessKey)
            ?? storage.statsAccessKeys
    }
}

extension Topology.StorageSettings {
    /// The lines of a topology's YAML below `storage:`.
    var yamlLines: [String] {
        let keys = statsAccessKeys.map { "\"\($0.hex)\"" }.joined(separator: ", ")
        return [
            "  rateLimit: \(rateLimit)", "  maximumSize: \(TopologyRules.text(ofStorageSize: maximumSize))",
            "  statsAccessKeys: [\(keys)]",
        ]
    }
}

extension TopologyRules {
    private static let units: [(suffix: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]
    private static let storageSizes = (1 << 20)...(1 << 40)

    /// Bytes of a database.
    static func storageSize(_ text: String) throws(Reason) -> Int {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let unit = units.first(where: { $0.suffix == text.dropFirst(digits.count) }) else {
            throw .malformed(value: text, expected: "a whole number of KiB, MiB, GiB or TiB, such as 3584MiB")
        }
        // Numbers that overflow lie outside the range as well.
        let product = Int(digits)?.multipliedReportingOverflow(by: unit.bytes)
        guard let product, !product.overflow, storageSizes.contains(product.partialValue) else {
            throw .outOfRange(value: text, allowed: "1MiB–1TiB", fallback: "3584MiB")
        }
        return product.partialValue
    }

    /// A size in the largest unit that divides it.
    static func text(ofStorageSize bytes: Int) -> String {
        let unit = units.first { bytes.isMultiple(of: $0.bytes) } ?? ("KiB", 1 << 10)
        return "\(bytes / unit.bytes)\(unit.suffix)"
    }

    static func statsAccessKey(_ text: String) throws(Reason) -> X25519PublicKey {
        guard let key = X25519PublicKey(hex: text) else {
            throw .malformed(value: text, expected: "an X25519 key of 64 hex digits")
        }
        return key
    }
}
