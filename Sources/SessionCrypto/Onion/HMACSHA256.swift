import CSodium
import SessionProtocol

/// HMAC-SHA256 with a key that serves many inputs: taking it in, half the work on a short input, is done once.
struct HMACSHA256: Sendable {
    private let keyed: crypto_auth_hmacsha256_state

    /// - Parameter key: of any length.
    init(key: Bytes) {
        Sodium.start()
        var state = crypto_auth_hmacsha256_state()
        crypto_auth_hmacsha256_init(&state, key, key.count)
        keyed = state
    }

    /// - Returns: 32 bytes.
    func authenticate(_ data: Bytes) -> Bytes {
        var state = keyed
        var code = Bytes(repeating: 0, count: 32)
        crypto_auth_hmacsha256_update(&state, data, UInt64(data.count))
        crypto_auth_hmacsha256_final(&state, &code)
        return code
    }
}
