import CCrypto
import SessionProtocol

/// One run of a libcrypto cipher.
struct EVPCipher: ~Copyable {
    enum Direction: Int32 {
        case open = 0
        case seal = 1
    }

    private let context: OpaquePointer

    init(_ cipher: OpaquePointer?, key: Bytes, nonce: Bytes, direction: Direction) {
        guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("libcrypto is out of memory") }
        self.context = context
        guard EVP_CipherInit_ex(context, cipher, nil, key, nonce, direction.rawValue) == 1 else {
            preconditionFailure("libcrypto lacks a cipher of the protocol")
        }
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    /// Reads or sets the tag of an authenticated cipher.
    func control(_ command: Int32, _ bytes: inout Bytes) {
        let length = Int32(bytes.count)
        let result = bytes.withUnsafeMutableBytes { EVP_CIPHER_CTX_ctrl(context, command, length, $0.baseAddress) }
        precondition(result == 1, "libcrypto refused an authentication tag")
    }

    /// - Returns: `nil` when the padding or the tag is wrong, or the input is too large for the library.
    func run(_ input: ArraySlice<UInt8>) -> Bytes? {
        guard let length = Int32(exactly: input.count) else { return nil }
        var output = Bytes(repeating: 0, count: input.count + Int(EVP_MAX_BLOCK_LENGTH))
        let written: Int? = output.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return nil }
            var updated: Int32 = 0
            var finished: Int32 = 0
            let isTaken = input.withUnsafeBufferPointer {
                EVP_CipherUpdate(context, start, &updated, $0.baseAddress, length) == 1
            }
            guard isTaken, EVP_CipherFinal_ex(context, start + Int(updated), &finished) == 1 else { return nil }
            return Int(updated + finished)
        }
        guard let written else { return nil }
        output.removeLast(output.count - written)
        return output
    }
}
