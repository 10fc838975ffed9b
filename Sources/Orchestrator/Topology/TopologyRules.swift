import SessionProtocol

/// What each field accepts, from its text. The same rules hold for files and for flags.
enum TopologyRules {
    typealias Reason = TopologyError.Reason

    static let nodeCount = 1...10_000
    static let clientCount = 2...10_000
    /// Simulated clients need no sockets.
    static let simulatedClientCount = 2...100_000
    static let messageCount = 1...10_000
    static let timeoutSeconds = 1...86_400
    static let minutes = 1...100_000
    /// What else has a log or a host of its own beside the nodes.
    static let reservedNames = ["ledger", "testnet"]
    static let stakeCoins = 1...1_000_000_000
    static let startHeight: ClosedRange<UInt64> = 0...1_000_000_000
    /// Beyond, messages between real processes take longer than blocks.
    static let timeScale = 1...500
    static let simulatedTimeScale = 1...100_000
    static let blockCount: UInt64 = 1_000_000
    static let blockTime = Duration.milliseconds(10)...Duration.seconds(3_600)
    static let ciphers: [OnionCipher] = [.aesGCM, .xchacha20]

    static func runName(_ text: String) throws(Reason) -> String {
        guard text != "latest" else {
            throw .malformed(value: text, expected: "a free name: logs/latest leads to the last run")
        }
        return try name(text)
    }

    static func name(_ text: String) throws(Reason) -> String {
        let letters = text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
            default: false
            }
        }
        // A leading dash would read as a flag where the name stands on a command line.
        guard letters, (1...32).contains(text.utf8.count), !text.hasPrefix("-") else {
            throw .malformed(value: text, expected: "1–32 of a–z, 0–9 and '-', not starting with '-'")
        }
        return text
    }

    static func nodeName(_ text: String) throws(Reason) -> String {
        guard !reservedNames.contains(text) else {
            throw .malformed(
                value: text, expected: "a free name: events of the run and of the ledger are recorded under it")
        }
        return try name(text)
    }

    static func seed(_ text: String) throws(Reason) -> UInt64 {
        try number(text, in: 0...UInt64.max, fallback: nil)
    }

    /// One of the words that an enumeration has: `mode: subprocess`.
    static func word<Choice: RawRepresentable<String> & CaseIterable>(_ text: String) throws(Reason) -> Choice {
        if let choice = Choice(rawValue: text) { return choice }
        let allowed = Choice.allCases.map(\.rawValue)
        throw .notAllowed(value: text, allowed: allowed, nearest: Spelling.nearest(to: text, among: allowed))
    }

    static func nodeCount(_ text: String) throws(Reason) -> Int {
        try number(text, in: nodeCount, fallback: "12")
    }

    static func clientCount(_ text: String) throws(Reason) -> Int {
        // What the mode allows is known only when the whole topology is.
        try number(text, in: simulatedClientCount, allowed: clientCounts, fallback: "2")
    }

    static let clientCounts = "2–10000 (2–100000 with mode simulated)"

    static func messageCount(_ text: String) throws(Reason) -> Int {
        try number(text, in: messageCount, fallback: "20")
    }

    static func timeoutSeconds(_ text: String) throws(Reason) -> Int {
        try number(text, in: timeoutSeconds, unit: "seconds", fallback: "60")
    }

    static func minutes(_ text: String) throws(Reason) -> Int {
        try number(text, in: minutes, unit: "minutes", fallback: "60")
    }

    static func truth(_ text: String) throws(Reason) -> Bool {
        switch text {
        case "true": return true
        case "false": return false
        default: throw .notAllowed(value: text, allowed: ["true", "false"], nearest: nil)
        }
    }

    static func stake(_ text: String) throws(Reason) -> Topology.StakeRequirement {
        guard text != "curve" else { return .curve }
        guard text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "-") }), !text.isEmpty else {
            throw .malformed(value: text, expected: "curve or a whole number of 1–1000000000 coins")
        }
        return .coins(try number(text, in: stakeCoins, unit: "coins", fallback: "18550 (100 with preset oxen)"))
    }

    static func startHeight(_ text: String) throws(Reason) -> UInt64 {
        try number(text, in: startHeight, fallback: "466837 (1080149 with preset oxen)")
    }

    static func hardFork(_ text: String) throws(Reason) -> Hardfork {
        let expected = "a hard fork and its revision, such as 19.4"
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Int(digits: String(parts[0])), let revision = Int(digits: String(parts[1]))
        else { throw .malformed(value: text, expected: expected) }
        let fork = Hardfork(major: major, revision: revision)
        // Both numbers are bytes in the real ledger's blocks.
        guard fork >= .required, major <= UInt8.max, revision <= UInt8.max else {
            throw .outOfRange(value: text, allowed: "19.3–255.255", fallback: "\(Hardfork.required)")
        }
        return fork
    }

    static func timeScale(_ text: String) throws(Reason) -> Int {
        // What the mode allows is known only when the whole topology is.
        try number(text, in: simulatedTimeScale, allowed: timeScales, fallback: "1")
    }

    static let timeScales = "1–500 (1–100000 with mode simulated)"

    static func blockCount(_ text: String, least: UInt64) throws(Reason) -> UInt64 {
        try number(text, in: least...blockCount, unit: "blocks", fallback: nil)
    }

    static func supply(_ text: String) throws(Reason) -> UInt64 {
        try number(
            text, in: 0...Topology.LedgerSettings.mostCoins, unit: "coins",
            fallback: "22500000 together with the operators'")
    }

    static func rpcPort(_ text: String) throws(Reason) -> UInt16 {
        try number(text, in: 0...UInt16.max, fallback: "0 (any free port)")
    }

    static func cipher(_ text: String) throws(Reason) -> OnionCipher {
        if let cipher = ciphers.first(where: { $0.rawValue == text }) { return cipher }
        let allowed = ciphers.map(\.rawValue)
        throw .notAllowed(value: text, allowed: allowed, nearest: Spelling.nearest(to: text, among: allowed))
    }

    static func address(_ text: String) throws(Reason) -> IPv4Address {
        guard let address = IPv4Address(text) else {
            throw .malformed(value: text, expected: "an IPv4 address such as 127.0.0.1")
        }
        // Clients are told this address, and nobody can call 0.0.0.0.
        guard address != .unknown else {
            throw .malformed(value: text, expected: "an address of this machine that clients can reach")
        }
        return address
    }

    static func executable(_ text: String) throws(Reason) -> String {
        guard !text.isEmpty else { throw .malformed(value: text, expected: "the path of a program") }
        return text
    }

    static func path(_ text: String) throws(Reason) -> String {
        guard !text.isEmpty else { throw .malformed(value: text, expected: "the path of a PEM file") }
        return text
    }

    static func blockTime(_ text: String) throws(Reason) -> Topology.BlockTime {
        if text == "auto" { return .auto }
        if text == "preset" { return .preset }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let unit = millisecondsPerUnit(text.dropFirst(digits.count)) else {
            throw .malformed(value: text, expected: "auto, preset or a duration such as 500ms, 2s or 1m")
        }
        // Numbers that overflow lie outside the range as well.
        let product = Int64(digits)?.multipliedReportingOverflow(by: unit)
        guard let product, !product.overflow, blockTime.contains(.milliseconds(product.partialValue)) else {
            throw .outOfRange(value: text, allowed: "10ms–1h", fallback: "auto")
        }
        return .every(.milliseconds(product.partialValue))
    }

    private static func millisecondsPerUnit(_ unit: Substring) -> Int64? {
        switch unit {
        case "ms": 1
        case "s": 1_000
        case "m": 60_000
        case "h": 3_600_000
        default: nil
        }
    }

    private static func number<Number: FixedWidthInteger>(
        _ text: String, in range: ClosedRange<Number>, allowed: String? = nil, unit: String? = nil, fallback: String?
    ) throws(Reason) -> Number {
        let allowed = (allowed ?? "\(range.lowerBound)–\(range.upperBound)") + (unit.map { " \($0)" } ?? "")
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            throw .malformed(value: text, expected: "a whole number of \(allowed)")
        }
        guard let number = Number(text), range.contains(number) else {
            throw .outOfRange(value: text, allowed: allowed, fallback: fallback)
        }
        return number
    }
}
