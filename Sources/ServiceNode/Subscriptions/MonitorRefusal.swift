import SessionProtocol

/// Why a subscription is not made, as the subscriber is told (storage-node §12.3).
struct MonitorRefusal: Error, Equatable {
    /// The numbers that stand for reasons on the wire. The protocol has a sixth, for accounts of other swarms, that is
    /// never sent: any account can be watched on any node.
    enum Code: Int64 {
        case badArguments = 1
        case badPublicKey = 2
        case badNamespaces = 3
        case badTimestamp = 4
        case badSignature = 5
    }

    /// One number with its text.
    struct Problem: Equatable {
        var code: Code
        var text: String
    }

    /// In the order they were found.
    let problems: [Problem]

    init(_ code: Code, _ text: String, after earlier: [Problem] = []) {
        problems = earlier + [Problem(code: code, text: text)]
    }

    static let notOneDictOrList = MonitorRefusal(
        .badArguments, "Invalid arguments: monitor request takes a single bencoded dict or list parameter")
    static let unparsable = MonitorRefusal(
        .badArguments, "Invalid arguments: Failed to parse monitor.messages data value")

    /// Beyond the reference, which takes as many as fit a message.
    static func tooManyEntries(_ count: Int, most: Int) -> MonitorRefusal {
        MonitorRefusal(
            .badArguments,
            "Invalid arguments: the list has \(count) entries, and a connection may have \(most) subscriptions")
    }

    /// A bencoded dict. With two problems it has both keys twice, which no dict should: the reference writes it so.
    var encoded: Bytes {
        var bytes = Bytes("d".utf8)
        for problem in problems {
            bytes += Bencode.text("errcode").encoded + Bencode.integer(problem.code.rawValue).encoded
            bytes += Bencode.text("error").encoded + Bencode.text(problem.text).encoded
        }
        return bytes + Bytes("e".utf8)
    }
}
