import SessionProtocol

/// What names one simulated run: all that it is a function of, and the history it had.
///
/// As text `tn1:<seed>:<version>:<topology-hash>:<history-hash>`.
public struct ReplayToken: Sendable, Equatable, CustomStringConvertible {
    private static let form = "tn1"

    /// What every key and every choice of the run derives from.
    public var seed: UInt64
    /// Release and sources of the program that ran: letters, digits, `.`, `+` and `-`.
    public var version: String
    /// ``Topology/contentHash`` of the network that was run (``Topology/ofRun``): 16 hex digits.
    public var topologyHash: String
    /// Of the run's event trace (`HistoryHash`): 16 hex digits.
    public var historyHash: String

    /// - Parameters:
    ///   - seed: what the run was given.
    ///   - version: of the program, as ``version`` says.
    ///   - topologyHash: 16 hex digits, ``Topology/contentHash`` of ``Topology/ofRun``.
    ///   - historyHash: 16 hex digits, as `HistoryHash` prints itself.
    public init(seed: UInt64, version: String, topologyHash: String, historyHash: String) {
        self.seed = seed
        self.version = version
        self.topologyHash = topologyHash
        self.historyHash = historyHash
    }

    public var description: String { "\(Self.form):\(seed):\(version):\(topologyHash):\(historyHash)" }

    /// What repeats the run, for a shell.
    public var command: String { "testnet replay \(self)" }
}

extension ReplayToken {
    /// Text that is no token.
    public struct Malformed: Error, Equatable, CustomStringConvertible {
        /// Which part, in words.
        public let part: String
        public let value: String
        public let expected: String

        public var description: String {
            "\(part) is '\(value)', not \(expected); copy the whole token, tn1:… to its end, from the run's last line"
        }
    }

    /// - Throws: ``Malformed``, for the first part that is wrong.
    public init(parsing text: String) throws(Malformed) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.first == Self.form, parts.count == 5 else {
            throw Malformed(
                part: "the token", value: text, expected: "\(Self.form):<seed>:<version>:<topology-hash>:<history-hash>"
            )
        }
        // Digits only: `+7` and `007` would name the same run twice.
        guard let seed = UInt64(parts[1]), String(seed) == parts[1] else {
            throw Malformed(part: "the token's seed", value: parts[1], expected: "a whole number below 2^64")
        }
        guard Self.isVersion(parts[2]) else {
            throw Malformed(
                part: "the token's version", value: parts[2], expected: "a version such as 0.2.0+3f9a1c27be04")
        }
        guard Self.isHex(parts[3]) else {
            throw Malformed(part: "the token's topology hash", value: parts[3], expected: "16 hex digits")
        }
        guard Self.isHex(parts[4]) else {
            throw Malformed(part: "the token's history hash", value: parts[4], expected: "16 hex digits")
        }
        self.init(seed: seed, version: parts[2], topologyHash: parts[3], historyHash: parts[4])
    }

    private static func isVersion(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0.isLetterOrDigit || [".", "+", "-"].contains(Unicode.Scalar($0)) }
    }

    /// Lower case, as they are printed: hashes are compared as text.
    private static func isHex(_ text: String) -> Bool {
        text.utf8.count == 16 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
