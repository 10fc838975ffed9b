import SessionProtocol

/// Why a rule written as JSON was refused.
public struct LinkRuleError: Error, Equatable, CustomStringConvertible {
    /// Where: the path from the outermost value, such as `rules[2].effect.partsPerMillion`.
    public let field: String
    /// What stands there, as JSON, long ones cut; `nil` when nothing does.
    public let value: String?
    /// What may stand there.
    public let allowed: String

    /// - Parameter value: what stands there; `nil` when nothing does.
    public init(field: String, value: JSON?, allowed: String) {
        self.field = field
        self.value = value.map { value in
            let text = value.text
            return text.count > 80 ? text.prefix(77) + "..." : text
        }
        self.allowed = allowed
    }

    public var description: String {
        guard let value else { return "\(field) is missing; it must be \(allowed)" }
        return "\(field) is \(value); it must be \(allowed)"
    }
}
