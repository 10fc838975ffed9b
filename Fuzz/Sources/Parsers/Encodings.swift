import SessionProtocol

extension Parser {
    static let bencode = Parser(name: "bencode") { input in
        guard let value = accepted({ try Bencode(parsing: input) }) else { return }
        expect(accepted { try Bencode(parsing: value.encoded) } == value, "bencode changes when it is written again")
    }

    static let json = Parser(name: "json") { input in
        guard let value = accepted({ try JSON(parsing: input) }) else { return }
        expect(accepted { try JSON(parsing: value.utf8).utf8 } == value.utf8, "JSON changes when it is written again")
    }

    /// The words of an account's secret.
    static let recoveryPhrase = Parser(name: "recovery-phrase") { input in
        let words = String(decoding: input, as: UTF8.self)
        guard let secret = accepted({ try RecoveryPhrase.decode(words) }) else { return }
        let spelled = RecoveryPhrase.encode(secret)
        expect(accepted { try RecoveryPhrase.decode(spelled) } == secret, "a secret's own words spell another one")
    }
}
