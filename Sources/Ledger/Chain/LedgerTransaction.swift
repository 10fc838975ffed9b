import SessionCrypto
import SessionProtocol

/// Everything a block may hold.
public enum LedgerTransaction: Sendable, Equatable {
    case registration(RegistrationTransaction)
    case stake(StakeTransaction)
    case unlock(UnlockTransaction)
    case transfer(TransferTransaction)
    case stateChange(StateChange)
    case name(NameRegistration)

    /// What a transaction is, as messages and archives name it.
    public enum Kind: String, Sendable, CaseIterable {
        case registration
        case stake
        case unlock
        case transfer
        case stateChange = "state change"
        case name = "name registration"
    }

    /// What this is.
    public var kind: Kind {
        switch self {
        case .registration: .registration
        case .stake: .stake
        case .unlock: .unlock
        case .transfer: .transfer
        case .stateChange: .stateChange
        case .name: .name
        }
    }

    /// The node it is about; `nil` when it is about none.
    public var node: LegacyPublicKey? {
        switch self {
        case .registration(let transaction): transaction.node
        case .stake(let transaction): transaction.node
        case .unlock(let transaction): transaction.node
        case .stateChange(let change): change.node
        case .transfer, .name: nil
        }
    }

    /// 32 bytes that name this transaction: a hash over all of it but its last signature.
    public var id: Bytes {
        let contents =
            switch self {
            case .registration(let transaction): transaction.authorisedBytes
            case .stake(let transaction): transaction.authorisedBytes
            case .unlock(let transaction): transaction.authorisedBytes
            case .transfer(let transaction): transaction.authorisedBytes
            case .name(let registration): registration.authorisedBytes
            case .stateChange: encoded
            }
        return Digest.blake2b(contents, key: Bytes("transaction".utf8))
    }
}
