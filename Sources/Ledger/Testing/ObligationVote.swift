import SessionCrypto
import SessionProtocol

/// A validator's signed wish for a change, as it travels before there are enough (ledger §3.3).
struct ObligationVote: Sendable, Equatable {
    /// What votes must share to be counted together.
    struct Subject: Sendable, Hashable {
        var quorumHeight: UInt64
        var workerIndex: UInt32
        var change: StateChange.Kind

        /// What a validator signs, hashed: height, worker and change as 8, 4 and 2 bytes, little-endian; the change is
        /// left out for a deregistration. The daemon hashes with Keccak-256, this ledger with keyed BLAKE2b-256.
        var signedHash: Bytes {
            var bytes = quorumHeight.littleEndianBytes + workerIndex.littleEndianBytes
            if change != .deregister { bytes += change.rawValue.littleEndianBytes }
            return Digest.blake2b(bytes, key: Bytes("obligations vote".utf8))
        }
    }

    var subject: Subject
    var vote: QuorumVote

    init(_ subject: Subject, validatorIndex: UInt32, reasons: TestFailures, signedBy validator: LegacyKeyPair) {
        self.subject = subject
        vote = QuorumVote(
            validatorIndex: validatorIndex, reasons: reasons, signature: validator.sign(subject.signedHash))
    }

    /// Why nobody may count this vote; `nil` when everyone may.
    /// - Parameters:
    ///   - quorum: of ``Subject/quorumHeight``; `nil` when the chain has none.
    ///   - top: height of the chain's top block.
    func refusal(quorum: ObligationsQuorum?, top: UInt64, lifetime: UInt64) -> VoteRefusal? {
        let height = subject.quorumHeight
        guard height <= top else { return .quorumAboveTop(quorum: height, top: top) }
        guard top - height <= lifetime else { return .tooOld(quorum: height, top: top, lifetime: lifetime) }
        guard let quorum else { return .noQuorum(height) }
        return vote.refusal(on: subject, quorum: quorum)
    }
}

/// Why a vote does not count, with the numbers.
public enum VoteRefusal: Error, Sendable, Equatable {
    case quorumAboveTop(quorum: UInt64, top: UInt64)
    case tooOld(quorum: UInt64, top: UInt64, lifetime: UInt64)
    case noQuorum(UInt64)
    case noSuchValidator(index: UInt32, validators: Int)
    case noSuchWorker(index: UInt32, workers: Int)
    /// A node judged itself.
    case ownWorker(index: UInt32)
    /// The signature is no signature of the validator over these very bytes.
    case badSignature(validator: UInt32)
}

extension QuorumVote {
    /// Checks indices and signature.
    func refusal(on subject: ObligationVote.Subject, quorum: ObligationsQuorum) -> VoteRefusal? {
        guard validatorIndex < quorum.validators.count else {
            return .noSuchValidator(index: validatorIndex, validators: quorum.validators.count)
        }
        guard subject.workerIndex < quorum.workers.count else {
            return .noSuchWorker(index: subject.workerIndex, workers: quorum.workers.count)
        }
        guard quorum.mayJudge(validator: Int(validatorIndex), worker: Int(subject.workerIndex)) else {
            return .ownWorker(index: subject.workerIndex)
        }
        guard quorum.validators[Int(validatorIndex)].verifies(signature, of: subject.signedHash) else {
            return .badSignature(validator: validatorIndex)
        }
        return nil
    }
}
