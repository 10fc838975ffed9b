import SessionProtocol

extension [String: JSON] {
    /// A parameter that may be left out.
    ///
    /// - Parameter expectation: what it should be, for the error's text.
    func optional<Value>(
        _ name: String, _ read: (JSON) -> Value?, _ expectation: String
    ) throws(RPCError) -> Value? {
        guard let json = self[name], json != .null else { return nil }
        guard let value = read(json) else { throw .wrongParameter("expected \(name): \(expectation)") }
        return value
    }

    /// A parameter that must be there.
    func required<Value>(
        _ name: String, _ read: (JSON) -> Value?, _ expectation: String
    ) throws(RPCError) -> Value {
        guard let value = try optional(name, read, expectation) else {
            throw .wrongParameter("expected \(name): \(expectation)")
        }
        return value
    }
}
