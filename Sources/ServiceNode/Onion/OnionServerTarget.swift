/// Which servers an onion may leave the network for (storage-node §7.3).
enum OnionServerTarget {
    static let timeout = Duration.seconds(25)

    /// - Returns: where to post; `nil` when the target is not allowed.
    static func url(scheme: String, host: String, port: UInt16, target: String) -> String? {
        guard scheme == "http" || scheme == "https", !host.isEmpty,
            host.utf8.allSatisfy({ isHostCharacter($0) }),
            target.hasPrefix("/loki/") || target.hasPrefix("/oxen/"), target.hasSuffix("/lsrpc"), !target.contains("?"),
            target.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        let standard: UInt16 = scheme == "http" ? 80 : 443
        return "\(scheme)://\(host)\(port == standard ? "" : ":\(port)")\(target)"
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
