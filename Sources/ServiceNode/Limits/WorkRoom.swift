import NodeRuntime
import SessionCrypto
import SessionProtocol
import Synchronization

/// Room for large requests: how many of their bytes a node has in its hands at once, from before a body is read until
/// its request is answered. Small ones need none, so large ones never keep them out: how many of those there are is
/// limited elsewhere, and each is worth as much as a connection holds unread anyway.
final class WorkRoom: Sendable {
    /// Whose requests count together.
    enum Caller: Hashable, Sendable {
        case address(IPv4Address)
        /// A peer without an IPv4 address, or a service node.
        case key(X25519PublicKey)
    }

    /// Requests up to this need no room.
    static let smallBytes = 64 << 10
    /// Of all callers together.
    static let mostBytes = 64 << 20
    /// Of one caller, so that there is room for others. Three of the largest requests fit.
    static let mostBytesOfCaller = 32 << 20

    /// How taking room ended.
    enum Outcome: Sendable, Equatable {
        case taken
        case callerHasTooMuch
        case nodeHasTooMuch
    }

    private struct State {
        var bytes = 0
        var bytesByCaller: [Caller: Int] = [:]
    }

    private let state = Mutex(State())
    private let most: Int
    private let mostOfCaller: Int

    init(most: Int = mostBytes, mostOfCaller: Int = mostBytesOfCaller) {
        self.most = most
        self.mostOfCaller = mostOfCaller
    }

    /// How many bytes are in hand.
    var bytes: Int { state.withLock { $0.bytes } }

    /// Runs `work` while it has room.
    ///
    /// - Parameters:
    ///   - bytes: how long the request is.
    ///   - caller: `nil` for one that cannot be told from others.
    /// - Returns: what came out; without running it, `refused` of why there is no room.
    func holding<Reply>(
        _ bytes: Int, for caller: Caller?, refused: (Outcome) -> Reply, _ work: () async -> Reply
    ) async -> Reply {
        guard bytes > Self.smallBytes else { return await work() }
        let outcome = take(bytes, for: caller)
        guard outcome == .taken else { return refused(outcome) }
        defer { giveBack(bytes, of: caller) }
        return await work()
    }

    func take(_ bytes: Int, for caller: Caller?) -> Outcome {
        state.withLock { state in
            if let caller {
                let taken = state.bytesByCaller[caller, default: 0] + bytes
                guard taken <= mostOfCaller else { return .callerHasTooMuch }
                guard state.bytes + bytes <= most else { return .nodeHasTooMuch }
                state.bytesByCaller[caller] = taken
            } else {
                guard state.bytes + bytes <= most else { return .nodeHasTooMuch }
            }
            state.bytes += bytes
            return .taken
        }
    }

    func giveBack(_ bytes: Int, of caller: Caller?) {
        state.withLock { state in
            state.bytes -= bytes
            guard let caller else { return }
            let left = state.bytesByCaller[caller, default: 0] - bytes
            state.bytesByCaller[caller] = left > 0 ? left : nil
        }
    }
}

extension OMQCaller {
    /// Whom its requests count for.
    var asCaller: WorkRoom.Caller { address.map(WorkRoom.Caller.address) ?? .key(publicKey) }
}
