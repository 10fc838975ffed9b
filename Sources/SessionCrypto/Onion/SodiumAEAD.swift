import SessionProtocol

/// An authenticated cipher of libsodium, without additional data. Layers go into and come out of one buffer each,
/// because a simulated network seals and opens millions of them.
struct SodiumAEAD: Sendable {
    typealias Output = UnsafeMutablePointer<UInt8>
    typealias Input = UnsafePointer<UInt8>
    typealias Length = UnsafeMutablePointer<UInt64>
    /// Ciphertext and tag, their length, plaintext, its length, additional data, its length, unused, nonce, key.
    typealias Encrypt = @Sendable (Output, Length?, Input?, UInt64, Input?, UInt64, Input?, Input, Input) -> Int32
    /// Plaintext, its length, unused, ciphertext and tag, their length, additional data, its length, nonce, key.
    typealias Decrypt = @Sendable (Output?, Length?, Output?, Input, UInt64, Input?, UInt64, Input, Input) -> Int32

    let nonceLength: Int
    let tagLength: Int
    let encrypt: Encrypt
    let decrypt: Decrypt

    /// - Returns: nonce, ciphertext, tag.
    func seal(_ plaintext: Bytes, key: Bytes, nonce: Bytes) -> Bytes {
        let length = nonceLength + plaintext.count + tagLength
        return Bytes(unsafeUninitializedCapacity: length) { buffer, count in
            guard let start = buffer.baseAddress else { preconditionFailure("a layer has at least its nonce") }
            start.initialize(from: nonce, count: nonceLength)
            _ = encrypt(start + nonceLength, nil, plaintext, UInt64(plaintext.count), nil, 0, nil, nonce, key)
            count = length
        }
    }

    /// - Parameter ciphertext: nonce, ciphertext, tag.
    /// - Returns: `nil` when it is too short, was altered or was made with another key.
    func open(_ ciphertext: Bytes, key: Bytes) -> Bytes? {
        let sealedLength = ciphertext.count - nonceLength
        guard sealedLength >= tagLength else { return nil }
        var isAuthentic = false
        let plaintext = Bytes(unsafeUninitializedCapacity: sealedLength - tagLength) { buffer, count in
            isAuthentic = ciphertext.withUnsafeBufferPointer { input in
                guard let nonce = input.baseAddress else { return false }
                return decrypt(
                    buffer.baseAddress, nil, nil, nonce + nonceLength, UInt64(sealedLength), nil, 0, nonce, key) == 0
            }
            count = isAuthentic ? sealedLength - tagLength : 0
        }
        return isAuthentic ? plaintext : nil
    }
}
