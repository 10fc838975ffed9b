/// Which servers an onion may leave the network for (storage-node §7.3).
enum OnionServerTarget {
    static let timeout = Duration.seconds(25)

    /// - Returns: where to post; `nil` when the target is not allowed.
    static func url(scheme: String, host: String, port: UInt16, target: String) -> String? {
        guard scheme == "http" || scheme == "https", isHost(host),
            target.hasPrefix("/loki/") || target.hasPrefix("/oxen/"), target.hasSuffix("/lsrpc"), !target.contains("?"),
            // What follows a # never reaches the server, so the end would be another one than was looked at.
            target.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "#") })
        else { return nil }
        let standard: UInt16 = scheme == "http" ? 80 : 443
        return "\(scheme)://\(host)\(port == standard ? "" : ":\(port)")\(target)"
    }

    /// Headers of an answer that are the connection's and not the message's, and those this node writes itself: its own
    /// date and name, and the length of the body as it is here (storage-node §2.1).
    private static let withheld: Set = [
        "connection", "content-length", "date", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "server", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    /// The headers of a server's answer that an HTTPS guard hands on; names that differ only in case count as one.
    static func passedOn(_ headers: [String: String]) -> [String: String] {
        var withheld = withheld
        for (name, value) in headers where name.lowercased() == "connection" {
            // It names further headers that were meant for this node alone.
            for listed in value.split(separator: ",") {
                withheld.insert(listed.lowercased().filter { $0 != " " && $0 != "\t" })
            }
        }
        var seen: Set<String> = []
        return headers.sorted { $0.key < $1.key }.reduce(into: [:]) { passed, header in
            let name = header.key.lowercased()
            guard !withheld.contains(name), seen.insert(name).inserted else { return }
            passed[header.key] = header.value
        }
    }

    /// A name, an IPv4 address, or an IPv6 address in brackets.
    private static func isHost(_ host: String) -> Bool {
        if host.hasPrefix("["), host.hasSuffix("]"), host.utf8.count > 2 {
            return host.utf8.dropFirst().dropLast().allSatisfy { byte in
                byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
                    || Character(Unicode.Scalar(byte)).isHexDigit
            }
        }
        return !host.isEmpty && host.utf8.allSatisfy(isHostCharacter)
    }

    /// Letters, digits, dots, hyphens and underscores: nothing that could end the host part of a URL early.
    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
