import SessionProtocol

/// Signatures of ``CryptoCost/modelled``: Schnorr's, in ``MersenneGroup``.
///
/// 64 bytes: the commitment as a public key in signing form, the response in 8 little-endian bytes, and 24 bytes that
/// follow from both.
enum ModelledSignature {
    /// - Parameter publicKey: of the same scalar, in signing form.
    static func sign(_ message: Bytes, scalar: Bytes, publicKey: Bytes) -> Bytes {
        let digest = digest(of: message)
        var mixer = WordMixer(.nonce)
        mixer.absorb(key: scalar)
        mixer.absorb(digest)
        let nonce = 1 + mixer.next() % (MersenneGroup.order - 1)
        let commitment = MersenneGroup.generatorPower(nonce)
        let challenge = challenge(commitment: commitment, publicKey: publicKey, digest: digest)
        let response = MersenneGroup.multiplyExponents(
            challenge, ModelledKey.exponent(ofScalar: scalar), adding: nonce)
        return encode(commitment: commitment, response: response)
    }

    /// - Parameters:
    ///   - signature: 64 bytes.
    ///   - publicKey: 32 bytes.
    static func verifies(_ signature: Bytes, of message: Bytes, by publicKey: Bytes) -> Bool {
        let response = WordMixer.word(4, of: signature)
        guard let key = ModelledKey.element(of: publicKey, as: .signing),
            let commitment = ModelledKey.element(of: signature, as: .signing),
            response < MersenneGroup.order, signature == encode(commitment: commitment, response: response)
        else { return false }
        let challenge = challenge(commitment: commitment, publicKey: publicKey, digest: digest(of: message))
        let expected = MersenneGroup.multiply(commitment, MersenneGroup.power(key, challenge))
        return MersenneGroup.generatorPower(response) == expected
    }

    private static func encode(commitment: UInt64, response: UInt64) -> Bytes {
        var bytes = ModelledKey.encode(commitment, as: .signing)
        bytes.reserveCapacity(64)
        WordMixer.append(response, to: &bytes)
        var filler = WordMixer(.response)
        filler.absorb(commitment)
        filler.absorb(response)
        for _ in 0..<3 { WordMixer.append(filler.next(), to: &bytes) }
        return bytes
    }

    private static func digest(of message: Bytes) -> UInt64 {
        var mixer = WordMixer(.message)
        mixer.absorb(text: message)
        return mixer.next()
    }

    private static func challenge(commitment: UInt64, publicKey: Bytes, digest: UInt64) -> UInt64 {
        var mixer = WordMixer(.challenge)
        mixer.absorb(commitment)
        mixer.absorb(key: publicKey)
        mixer.absorb(digest)
        return mixer.next() % MersenneGroup.order
    }
}
