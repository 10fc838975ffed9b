/// What `ifelse` can ask about.
struct NetworkFacts: Sendable {
    /// Hard fork and revision.
    let hardfork: [Int64]
    /// Of this node: major, minor, patch.
    let version: [Int64]
    /// Of the last block.
    let height: Int64
}

/// The `if` of an `ifelse` request: bounds that must all hold (storage-node §3.7).
struct NetworkCondition: RequestParameters {
    /// Numbers that are compared one after the other, the first difference deciding.
    struct Bounds: Sendable {
        var atLeast: [Int64]?
        var before: [Int64]?

        var isEmpty: Bool { atLeast == nil && before == nil }

        func hold(for value: [Int64]) -> Bool {
            if let atLeast, value.lexicographicallyPrecedes(Self.fitted(atLeast, to: value)) { return false }
            if let before, !value.lexicographicallyPrecedes(Self.fitted(before, to: value)) { return false }
            return true
        }

        /// As many numbers as there are to compare with: zeros where there are too few.
        private static func fitted(_ numbers: [Int64], to value: [Int64]) -> [Int64] {
            value.indices.map { $0 < numbers.count ? numbers[$0] : 0 }
        }
    }

    let hardfork: Bounds
    let version: Bounds
    let height: Bounds

    init(_ fields: RequestFields) throws(Refusal) {
        let height = (try fields.integer("height_at_least"), try fields.integer("height_before"))
        self.height = Bounds(atLeast: height.0.map { [$0] }, before: height.1.map { [$0] })
        hardfork = try Self.bounds("hf", in: fields)
        version = try Self.bounds("v", in: fields)
    }

    /// An empty list counts as not given.
    private static func bounds(_ name: String, in fields: RequestFields) throws(Refusal) -> Bounds {
        let atLeast = try fields.integers("\(name)_at_least")
        let before = try fields.integers("\(name)_before")
        return Bounds(
            atLeast: atLeast?.isEmpty == true ? nil : atLeast, before: before?.isEmpty == true ? nil : before)
    }

    var isEmpty: Bool { hardfork.isEmpty && version.isEmpty && height.isEmpty }

    func holds(for facts: NetworkFacts) -> Bool {
        hardfork.hold(for: facts.hardfork) && version.hold(for: facts.version) && height.hold(for: [facts.height])
    }
}
