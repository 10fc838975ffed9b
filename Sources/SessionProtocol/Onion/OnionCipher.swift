/// How one onion layer is encrypted (storage-node §7.2).
public enum OnionCipher: String, Sendable, CaseIterable {
    case aesCBC = "aes-cbc"
    case aesGCM = "aes-gcm"
    case xchacha20 = "xchacha20"

    /// - Parameter name: the wire name or one of its aliases.
    public init?(name: String) {
        switch name {
        case "aes-cbc", "cbc": self = .aesCBC
        case "aes-gcm", "gcm": self = .aesGCM
        case "xchacha20", "xchacha20-poly1305": self = .xchacha20
        default: return nil
        }
    }
}
