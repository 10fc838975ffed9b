import SessionCrypto
import SessionProtocol

/// A wallet's secrets: whoever holds them can stake its coins. Printing them shows the address only.
public struct WalletKeys: Sendable, CustomStringConvertible, CustomReflectable {
    public let address: WalletAddress
    private let spend: Ed25519KeyPair

    /// Derives a wallet from the run's seed and a name, so that a seed always gives the same wallets.
    public init(networkSeed: UInt64, name: String) {
        do {
            spend = try Self.pair("wallet spend", networkSeed, name)
            address = WalletAddress(
                spend: spend.publicKey, view: try Self.pair("wallet view", networkSeed, name).publicKey)
        } catch {
            preconditionFailure("derived seeds have 32 bytes: \(error)")
        }
    }

    /// Signs with the spend key.
    public func sign(_ message: Bytes) -> Bytes { spend.sign(message) }

    private static func pair(
        _ purpose: String, _ networkSeed: UInt64, _ name: String
    ) throws(CryptoError) -> Ed25519KeyPair {
        try Ed25519KeyPair(
            seed: Digest.blake2b(networkSeed.littleEndianBytes + Bytes(name.utf8), key: Bytes(purpose.utf8)))
    }

    public var description: String { "wallet \(address)" }
    public var customMirror: Mirror { Mirror(self, children: ["address": address]) }
}

extension FixedWidthInteger {
    /// As numbers enter signed and hashed bytes.
    var littleEndianBytes: Bytes { withUnsafeBytes(of: littleEndian) { Bytes($0) } }
}
