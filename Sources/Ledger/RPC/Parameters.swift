import SessionProtocol

extension [String: JSON] {
    /// A parameter that may be left out.
    ///
    /// - Parameter expectation: what it should be, for the error's text.
    func optional<Wanted>(
        _ name: String, _ read: (JSON) -> Wanted?, _ expectation: String
    ) throws(RPCError) -> Wanted? {
        guard let json = self[name], json != .null else { return nil }
        guard let value = read(json) else { throw .wrongParameter("expected \(name): \(expectation)") }
        return value
    }

    /// A parameter that must be there.
    func required<Wanted>(
        _ name: String, _ read: (JSON) -> Wanted?, _ expectation: String
    ) throws(RPCError) -> Wanted {
        guard let value = try optional(name, read, expectation) else {
            throw .wrongParameter("expected \(name): \(expectation)")
        }
        return value
    }
}
