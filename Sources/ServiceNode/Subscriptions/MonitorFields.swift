import SessionProtocol

/// A subscription's dict, read as the reference reads it: the first value of another type ends the reading, and the answer
/// says in its encoding library's words what stood there (storage-node §17).
struct MonitorFields {
    let values: [String: Bencode]
    /// What is wrong already without ending the reading.
    var problems: [MonitorRefusal.Problem] = []

    func refusal(_ code: MonitorRefusal.Code, _ text: String) -> MonitorRefusal {
        MonitorRefusal(code, text, after: problems)
    }

    func badArgument(_ text: String) -> MonitorRefusal { refusal(.badArguments, "Invalid arguments: \(text)") }

    /// - Returns: `nil` when the key is absent.
    func string(_ key: String) throws(MonitorRefusal) -> Bytes? {
        guard let value = values[key] else { return nil }
        if let bytes = value.asBytes { return bytes }
        let found =
            switch value {
            case .list: "l"
            case .dictionary: "d"
            default: "i"
            }
        throw badArgument("expected a string, but found \(found)")
    }

    func requiredString(_ key: String) throws(MonitorRefusal) -> Bytes {
        guard let bytes = try string(key) else { throw missing(key) }
        return bytes
    }

    func requiredList(_ key: String) throws(MonitorRefusal) -> [Bencode] {
        guard let value = values[key] else { throw missing(key) }
        guard let list = value.asList else { throw badArgument("next bt dict value is not a list") }
        return list
    }

    /// - Returns: `nil` when the key is absent.
    func integer<Integer: FixedWidthInteger & Sendable>(
        _ key: String, in range: ClosedRange<Integer>
    ) throws(MonitorRefusal) -> Integer? {
        guard let value = values[key] else { return nil }
        return try integer(value, in: range, orElse: "next bt dict value is not an integer")
    }

    /// - Parameter text: what is said of a value that is no integer; `nil` stands for the end of a list.
    func integer<Integer: FixedWidthInteger & Sendable>(
        _ value: Bencode?, in range: ClosedRange<Integer>, orElse text: String
    ) throws(MonitorRefusal) -> Integer {
        switch value {
        case .integer(let number):
            guard number >= 0 || range.lowerBound < 0 else {
                throw unfit("negative value \(number) but type is unsigned")
            }
            guard number >= range.lowerBound else {
                throw unfit("too-low value \(number) < \(range.lowerBound)")
            }
            guard number <= range.upperBound else {
                throw unfit("too-large value \(number) > \(range.upperBound)")
            }
            return Integer(number)
        case .unsigned(let number): throw unfit("too-large value \(number) > \(range.upperBound)")
        default: throw badArgument(text)
        }
    }

    private func missing(_ key: String) -> MonitorRefusal { badArgument("Key \(key) not found!") }

    private func unfit(_ what: String) -> MonitorRefusal {
        badArgument("Integer deserialization failed: found \(what)")
    }
}
