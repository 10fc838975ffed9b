import SessionProtocol

/// An `http` or `https` address, taken apart.
struct PostURL: Sendable, Equatable {
    var isEncrypted: Bool
    /// A name or an address; an IPv6 address without its brackets.
    var host: String
    var port: Int
    /// With its query, as it goes on the wire.
    var path: String

    /// What the `Host` header says: the port only if it is not the scheme's own.
    var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == (isEncrypted ? 443 : 80) ? host : "\(host):\(port)"
    }

    /// - Returns: `nil` for other schemes, a host or port that cannot be, and characters that no URL has: one that ends
    ///   a line would end the request, and what follows would be another.
    init?(_ text: String) {
        isEncrypted = text.hasPrefix("https://")
        guard isEncrypted || text.hasPrefix("http://"), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return nil
        }
        let rest = text.dropFirst(isEncrypted ? 8 : 7)
        let authority = rest.prefix { !"/?#".contains($0) }
        let path = rest[authority.endIndex...].prefix { $0 != "#" }
        self.path = path.hasPrefix("/") ? String(path) : "/\(path)"
        guard let (host, port) = Self.split(authority), !host.isEmpty else { return nil }
        self.host = String(host)
        guard let port else {
            self.port = isEncrypted ? 443 : 80
            return
        }
        guard let number = UInt16(port) else { return nil }
        self.port = Int(number)
    }

    /// A path as a request line may have it: whatever is no visible ASCII is written as its bytes.
    static func encoded(_ path: String) -> String {
        path.utf8.reduce(into: "") { text, byte in
            text += (0x21...0x7e).contains(byte) ? String(UnicodeScalar(byte)) : "%" + Hex.encode([byte])
        }
    }

    private static func split(_ authority: Substring) -> (host: Substring, port: Substring?)? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            let host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
            if rest.isEmpty { return (host, nil) }
            return rest.hasPrefix(":") ? (host, rest.dropFirst()) : nil
        }
        let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, host.allSatisfy({ $0.isLetter || $0.isNumber || "-._~".contains($0) }) else {
            return nil
        }
        return (host, parts.count > 1 ? parts[1] : nil)
    }
}
