import SessionProtocol

extension LinkParty {
    private static let notation = #""any", {"only": [addresses]} or {"except": [addresses]}"#

    /// `"any"`, `{"only": ["127.0.0.2", …]}` or `{"except": […]}`, addresses in ascending order.
    public var json: JSON {
        if self == .any { return "any" }
        return .object([isExcluding ? "except" : "only": .array(addresses.map { .string($0.description) })])
    }

    /// Reads what ``json`` writes; the order of addresses and repetitions do not matter.
    /// - Parameter path: where the value stands, for errors.
    /// - Throws: ``LinkRuleError`` when it is neither of the three or lists what is no IPv4 address.
    public init(json: JSON, at path: String) throws(LinkRuleError) {
        if json.asString == "any" {
            self = .any
            return
        }
        guard let object = json.asObject, object.count == 1, let (kind, list) = object.first,
            ["only", "except"].contains(kind), let entries = list.asArray
        else { throw LinkRuleError(field: path, value: json, allowed: Self.notation) }
        var addresses: [IPv4Address] = []
        for (index, entry) in entries.enumerated() {
            guard let address = entry.asString.flatMap({ IPv4Address($0) }) else {
                throw LinkRuleError(
                    field: "\(path).\(kind)[\(index)]", value: entry, allowed: "an IPv4 address such as 127.0.0.2")
            }
            addresses.append(address)
        }
        self = kind == "only" ? .only(addresses) : .except(addresses)
    }
}
