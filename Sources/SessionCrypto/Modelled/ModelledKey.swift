import SessionProtocol

/// Keys of ``CryptoCost/modelled``: a secret of 32 bytes stands for an exponent, its public key for that power of the
/// group's generator.
enum ModelledKey {
    /// The two written forms of a public key. They differ, as Ed25519 keys and their X25519 conversions do.
    enum Form {
        case signing
        case agreement

        fileprivate var purpose: WordMixer.Purpose {
            switch self {
            case .signing: .signingKey
            case .agreement: .agreementKey
            }
        }
    }

    /// The 32-byte scalar of a signing seed, which also is the secret of the converted agreement pair.
    ///
    /// - Parameter seed: 32 bytes; what follows them, as in a 64-byte secret key, does not matter.
    static func scalar(ofSeed seed: Bytes) -> Bytes {
        var mixer = WordMixer(.scalar)
        mixer.absorb(key: seed)
        return mixer.next(words: 4)
    }

    static func exponent(ofScalar scalar: Bytes) -> UInt64 {
        var mixer = WordMixer(.exponent)
        mixer.absorb(key: scalar)
        return 1 + mixer.next() % (MersenneGroup.order - 1)
    }

    /// - Returns: 32 bytes.
    static func publicKey(ofScalar scalar: Bytes, as form: Form) -> Bytes {
        encode(MersenneGroup.generatorPower(exponent(ofScalar: scalar)), as: form)
    }

    /// The element in 8 little-endian bytes, then 24 bytes that follow from it, so that keys look distinct throughout.
    static func encode(_ element: UInt64, as form: Form) -> Bytes {
        var bytes = Bytes()
        bytes.reserveCapacity(32)
        WordMixer.append(element, to: &bytes)
        var filler = WordMixer(form.purpose)
        filler.absorb(element)
        for _ in 0..<3 { WordMixer.append(filler.next(), to: &bytes) }
        return bytes
    }

    /// - Parameter bytes: at least 32, of which the first 32 count.
    /// - Returns: `nil` for bytes that ``encode(_:as:)`` never gives for an element above 1.
    static func element(of bytes: Bytes, as form: Form) -> UInt64? {
        let element = WordMixer.word(0, of: bytes)
        guard element > 1, element < MersenneGroup.modulus else { return nil }
        var filler = WordMixer(form.purpose)
        filler.absorb(element)
        for index in 1...3 where WordMixer.word(index, of: bytes) != filler.next() { return nil }
        return element
    }

    /// The agreement form of a key in signing form; `nil` when the bytes are no key in signing form.
    static func agreementKey(ofSigningKey bytes: Bytes) -> Bytes? {
        element(of: bytes, as: .signing).map { encode($0, as: .agreement) }
    }

    /// - Returns: 32 bytes; `nil` for the numbers 0 and 1, which are of low order on the real curve too.
    static func sharedSecret(ofScalar scalar: Bytes, with publicKey: Bytes) -> Bytes? {
        let isSmallNumber = WordMixer.word(0, of: publicKey) <= 1 && publicKey[8...].allSatisfy { $0 == 0 }
        guard !isSmallNumber else { return nil }
        // X25519 takes any bytes for a key, so bytes of no known owner must agree to something as well.
        let element = element(of: publicKey, as: .agreement) ?? strangeElement(of: publicKey)
        var mixer = WordMixer(.sharedSecret)
        mixer.absorb(MersenneGroup.power(element, exponent(ofScalar: scalar)))
        return mixer.next(words: 4)
    }

    private static func strangeElement(of bytes: Bytes) -> UInt64 {
        var mixer = WordMixer(.strangeKey)
        mixer.absorb(key: bytes)
        return 2 + mixer.next() % (MersenneGroup.modulus - 2)
    }
}
