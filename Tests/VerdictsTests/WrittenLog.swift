import Verdicts

/// Lines of an event log, written by hand: two swarms, `0` with n1 and n2, `7fffffffffffffff` with n3. Alice's mailbox belongs to
/// the first, Bob's to the second.
enum WrittenLog {
    static let alice = "05" + String(repeating: "0", count: 63) + "1"
    static let bob = "05" + String(repeating: "0", count: 48) + "7fffffffffffff00"
    static let near = "0"
    static let far = "7fffffffffffffff"

    static func legacy(_ node: Int) -> String { repeated("a", node) }
    static func ed25519(_ node: Int) -> String { repeated("e", node) }
    /// 64 hex digits standing for the SHA-256 of some data.
    static func digest(_ data: Int) -> String { repeated("d", data) }
    /// 43 base64 characters standing for a message's hash.
    static func hash(_ message: Int) -> String { String(repeating: "h", count: 42) + String(message) }

    /// 64 hex digits; numbers up to 99.
    private static func repeated(_ letter: String, _ number: Int) -> String {
        number < 10
            ? String(repeating: "\(letter)\(number)", count: 32)
            : String(repeating: "\(letter)0\(number)", count: 16)
    }

    static func list(_ texts: [String]) -> String { "[" + texts.joined(separator: ",") + "]" }
    static func quoted(_ texts: [String]) -> String { list(texts.map { "\"\($0)\"" }) }

    static func run(nodes: Int, policy: String? = nil) -> String {
        let end = policy.map { #","swarmPolicy":"\#($0)"}"# } ?? "}"
        return #"{"time":1,"source":"testnet","event":"runStarted","name":"x","seed":42,"mode":"in-process","#
            + #""nodes":\#(nodes)"# + end
    }

    static func started(_ node: Int) -> String {
        #"{"time":2,"source":"n\#(node)","event":"nodeStarted","pubkeyLegacy":"\#(legacy(node))","#
            + #""pubkeyEd25519":"\#(ed25519(node))","ip":"127.0.0.\#(node)","httpsPort":1,"omqPort":2,"pid":3}"#
    }

    static func stopped(_ node: Int, _ reason: String) -> String {
        #"{"time":2,"source":"n\#(node)","event":"nodeStopped","reason":"\#(reason)"}"#
    }

    static func assigned(_ swarms: [(id: String, nodes: [Int])], height: Int = 9) -> String {
        let fields = swarms.map { #""\#($0.id)":\#(quoted($0.nodes.map(legacy)))"# }.joined(separator: ",")
        return #"{"time":3,"source":"ledger","event":"swarmsAssigned","height":\#(height),"swarms":{\#(fields)}}"#
    }

    static func sent(
        _ number: Int, to account: String, data: Int? = nil, acknowledged: [Int] = [], failed: [Int] = [],
        expires: Int? = nil, timestamps: [Int] = [], timeToLive: Int? = nil
    ) -> String {
        let times = timestamps.isEmpty ? "" : #","timestamps":\#(timestamps)"#
        let life = timeToLive.map { #","timeToLive":\#($0)"# } ?? ""
        let end = times + life + (expires.map { #","expires":\#($0)}"# } ?? "}")
        return
            #"{"time":4,"source":"client:c1","event":"messageSent","message":\#(number),"account":"\#(account)","namespace":0,"#
            + #""hash":"\#(hash(number))","digest":"\#(digest(data ?? number))","#
            + #""acknowledged":\#(quoted(acknowledged.map(ed25519))),"failed":\#(quoted(failed.map(ed25519)))"# + end
    }

    /// - Parameter isNamed: whether the log tells its hash, as those of 0.3.1 do not.
    static func refused(_ number: Int, to account: String, _ reason: String, isNamed: Bool = true) -> String {
        let name = isNamed ? #""namespace":0,"hash":"\#(hash(number))","digest":"\#(digest(number))","# : ""
        return
            #"{"time":4,"source":"client:c1","event":"messageNotSent","message":\#(number),"account":"\#(account)","#
            + name + #""reason":"\#(reason)"}"#
    }

    static func writingFailed(_ source: String, _ reason: String, disk: Bool = true) -> String {
        #"{"time":4,"source":"\#(source)","event":"writingFailed","reason":"\#(reason)","disk":\#(disk)}"#
    }

    static func writingResumed(_ source: String) -> String {
        #"{"time":4,"source":"\#(source)","event":"writingResumed"}"#
    }

    static func received(_ number: Int, by account: String, data: Int? = nil) -> String {
        #"{"time":5,"source":"client:c2","event":"messageReceived","#
            + copy(number, of: account, data: data).dropFirst()
    }

    static func copy(
        _ number: Int, of account: String, data: Int? = nil, namespace: Int = 0, timestamp: Int? = nil,
        expiry: Int? = nil
    ) -> String {
        let times = [("timestamp", timestamp), ("expiry", expiry)].compactMap { name, time in
            time.map { #","\#(name)":\#($0)"# }
        }
        return
            #"{"account":"\#(account)","namespace":\#(namespace),"hash":"\#(hash(number))","#
            + #""digest":"\#(digest(data ?? number))"\#(times.joined())}"#
    }

    static func inventory(_ node: Int, _ copies: [String]) -> String {
        #"{"time":6,"source":"n\#(node)","event":"inventoryTaken","node":"\#(legacy(node))","records":\#(list(copies))}"#
    }

    static func noInventory(_ node: Int, _ reason: String, damaged: Bool? = nil) -> String {
        #"{"time":6,"source":"testnet","event":"inventoryFailed","node":"\#(legacy(node))","reason":"\#(reason)""#
            + (damaged.map { #","damaged":\#($0)}"# } ?? "}")
    }

    static let network = [
        run(nodes: 3), started(1), started(2), started(3), assigned([(near, [1, 2]), (far, [3])]),
    ]
    static let mail = [
        sent(1, to: alice, acknowledged: [1, 2]), sent(2, to: bob, acknowledged: [3]), received(1, by: alice),
        received(2, by: bob),
    ]
    static let inventories = [
        inventory(1, [copy(1, of: alice)]), inventory(2, [copy(1, of: alice)]), inventory(3, [copy(2, of: bob)]),
    ]
}

/// What the ledger did. Coins are atomic units.
extension WrittenLog {
    static func block(
        _ height: Int, active: Int = 0, initial: Int = 100, minted: Int = 0, free: Int = 100, staked: Int = 0,
        locked: Int = 0, burnt: Int = 0
    ) -> String {
        #"{"time":3,"source":"ledger","event":"block","height":\#(height),"hash":"00","registrations":0,"#
            + #""active":\#(active),"initial":\#(initial),"minted":\#(minted),"free":\#(free),"#
            + #""staked":\#(staked),"locked":\#(locked),"burnt":\#(burnt)}"#
    }

    /// An event about one node's standing.
    static func moved(_ event: String, _ node: Int, _ height: Int) -> String {
        #"{"time":3,"source":"ledger","event":"\#(event)","node":"\#(legacy(node))","height":\#(height)}"#
    }

    static func paid(_ node: Int?, _ height: Int, _ payments: [Int] = [1]) -> String {
        let wallets = payments.enumerated().map { #""w\#($0)":\#($1)"# }.joined(separator: ",")
        return #"{"time":3,"source":"ledger","event":"rewardPaid","height":\#(height),"#
            + (node.map { #""node":"\#(legacy($0))","# } ?? "") + #""payments":{\#(wallets)}}"#
    }

    static func named(_ height: Int, burnt: Int) -> String {
        #"{"time":3,"source":"ledger","event":"nameRegistered","height":\#(height),"name":"00","burnt":\#(burnt)}"#
    }

    static func advanced(to height: Int) -> String {
        #"{"time":3,"source":"ledger","event":"ledgerAdvanced","blocks":9,"height":\#(height),"seconds":1}"#
    }

    static func reorganised(to height: Int) -> String {
        #"{"time":3,"source":"ledger","event":"chainReorganised","height":\#(height),"depth":2,"lost":0}"#
    }

    /// A network of one swarm and everything in its place.
    static let lone = [
        run(nodes: 3), started(1), started(2), started(3), assigned([(near, [1, 2, 3])], height: 1),
        block(1, active: 3), sent(1, to: alice, acknowledged: [1, 2, 3]), sent(2, to: bob, acknowledged: [1, 2, 3]),
        received(1, by: alice), received(2, by: bob),
    ]
    static let loneInventories = (1...3).map { inventory($0, [copy(1, of: alice), copy(2, of: bob)]) }
}

extension History {
    init(_ lines: [String]) { self.init(lines: lines.map { $0 + "\n" }.joined()) }
}
