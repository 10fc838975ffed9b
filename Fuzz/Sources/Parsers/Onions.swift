import SessionProtocol

extension Parser {
    /// What a client posts to its guard.
    static let onionEntry = Parser(name: "onion-entry") { input in
        if let hop = accepted({ try OnionHop(parsingEntry: input) }) { check(hop) }
    }

    /// What one hop hands the next.
    static let onionHop = Parser(name: "onion-hop") { input in
        if let hop = accepted({ try OnionHop(parsingInternal: input) }) { check(hop) }
    }

    private static func check(_ hop: OnionHop) {
        expect((0...Limits.onionHops + 1).contains(hop.number), "a hop number of \(hop.number)")
        // The guard's 0 is no number that a relay may name.
        guard hop.number > 0 else { return }
        expect(accepted { try OnionHop(parsingInternal: hop.encoded) } == hop, "a hop changes when it is handed on")
    }

    /// What a hop finds when it has opened its layer.
    static let onionLayer = Parser(name: "onion-layer") { input in
        _ = accepted { try OnionLayer(parsing: input) }
    }
}
