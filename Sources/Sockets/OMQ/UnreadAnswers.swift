import CZMQ
import SessionProtocol
import Synchronization

/// The bytes of large answers that connections have not taken yet. libzmq counts only messages, and ten thousand answers
/// of some megabytes that a caller asks for and never reads would fill the machine.
struct UnreadAnswers {
    /// What one connection still has to take. libzmq's thread gives back.
    final class Account: Sendable {
        private let bytes = Atomic<Int>(0)

        var isEmpty: Bool { bytes.load(ordering: .relaxed) <= 0 }
        var isFull: Bool { bytes.load(ordering: .relaxed) >= UnreadAnswers.mostBytes }

        fileprivate func take(_ count: Int) { bytes.add(count, ordering: .relaxed) }
        fileprivate func giveBack(_ count: Int) { bytes.subtract(count, ordering: .relaxed) }
    }

    /// Beyond these a connection gets no large answers until it has read some.
    static let mostBytes = 128 << 20
    /// Smaller frames are not counted: how many messages may wait bounds them well enough.
    static let leastCounted = 4 << 10

    private var accounts: [Bytes: Account] = [:]
    private var sweepsAt = 1000

    /// The account of a connection that is about to be sent something large.
    mutating func account(of route: Bytes) -> Account {
        if let account = accounts[route] { return account }
        if accounts.count >= sweepsAt {
            accounts = accounts.filter { !$0.value.isEmpty }
            sweepsAt = max(1000, 2 * accounts.count)
        }
        let account = Account()
        accounts[route] = account
        return account
    }
}

/// One frame's share of an account.
private final class Share: Sendable {
    let account: UnreadAnswers.Account
    let bytes: Int

    init(_ bytes: Int, of account: UnreadAnswers.Account) {
        self.account = account
        self.bytes = bytes
        account.take(bytes)
    }

    deinit { account.giveBack(bytes) }
}

extension zmq_msg_t {
    /// A copy of a frame that counts in an account until libzmq has encrypted it for the connection, or dropped it.
    init(_ frame: Bytes, countedIn account: UnreadAnswers.Account) {
        self.init()
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: frame.count, alignment: 1)
        copy.copyBytes(from: frame)
        let share = Unmanaged.passRetained(Share(frame.count, of: account)).toOpaque()
        let result = zmq_msg_init_data(
            &self, copy.baseAddress, frame.count,
            { memory, share in
                memory?.deallocate()
                if let share { Unmanaged<Share>.fromOpaque(share).release() }
            }, share)
        precondition(result == 0, "libzmq has no memory for a message's head")
    }
}
