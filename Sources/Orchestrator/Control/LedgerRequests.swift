import Ledger
import SessionProtocol

/// Requests about the ledger. Amounts in requests are texts of decimal coins, in answers atomic units of 10⁻⁹ coin; wallets
/// go by their names. Whatever changes the ledger answers with `summary`, a sentence, and `height`, the top block's.
///
/// | request | |
/// |---|---|
/// | `GET /ledger` | the chain's top, rules, totals, and every entry |
/// | `GET /ledger/wallets` | `wallets` [{name, address, free, staked, locked, accrued}] |
/// | `GET /ledger/quorum`, `GET /ledger/quorum/<height>` | `height, validators, workers` |
/// | `POST /ledger/register` `{node, wallet?, stake?, fee?, reserved?: ["wallet=coins"]}` | ``Testnet/register(_:_:)`` |
/// | `POST /ledger/stake` `{node, wallet?, amount}` | ``Testnet/stake(_:node:amount:)`` |
/// | `POST /ledger/unlock` `{node, wallet?}` | ``Testnet/unlock(_:contributor:)`` |
/// | `POST /ledger/transfer` `{from, to, amount}` | ``Testnet/transfer(from:to:amount:)`` |
/// | `POST /ledger/name` `{name, account, wallet?}` | ``Testnet/name(_:_:wallet:)`` |
/// | `POST /ledger/decommission`, `recommission`, `deregister` `{"nodes": [name]}` | forced changes of state |
/// | `POST /ledger/advance` `{blocks}` or `{days}` | ``Testnet/advance(blocks:)`` |
/// | `POST /ledger/reorg` `{depth}` | ``Testnet/reorganise(depth:)`` |
/// | `POST /ledger/lag` `{node, blocks}` | ``Testnet/setLag(_:blocks:)`` |
/// | `POST /ledger/restart` | ``Testnet/restartLedger()`` |
struct LedgerRequests: Sendable {
    private let testnet: Testnet

    init(_ testnet: Testnet) { self.testnet = testnet }

    /// - Returns: `nil` when there is no such request.
    func answer(_ request: ControlRequest) async throws -> JSON? {
        switch (request.method, request.path) {
        case ("GET", "/ledger"): return await testnet.ledgerReport()
        case ("GET", "/ledger/wallets"): return await wallets()
        case ("GET", let path) where path.hasPrefix("/ledger/quorum"): return try await quorum(request)
        case ("POST", let path) where path.hasPrefix("/ledger/"):
            return try await change(String(path.dropFirst("/ledger/".count)), request)
        default: return nil
        }
    }

    private func change(_ name: String, _ request: ControlRequest) async throws -> JSON? {
        switch name {
        case "register", "stake", "unlock", "transfer": try await StakingRequests(testnet).answer(name, request)
        case "name": try await NameRequests(testnet).answer(request)
        case "decommission", "recommission", "deregister": try await force(name, request)
        case "advance", "reorg", "lag", "restart": try await turn(name, request)
        default: nil
        }
    }

    private func wallets() async -> JSON {
        let wallets = await testnet.wallets().map { name, balance -> JSON in
            [
                "name": .string(name), "address": .string(balance.wallet.description),
                "free": .uint(balance.free.atomic), "staked": .uint(balance.staked.atomic),
                "locked": .uint(balance.locked.atomic), "accrued": .uint(balance.accrued.atomic),
            ]
        }
        return ["wallets": .array(wallets)]
    }

    private func quorum(_ request: ControlRequest) async throws -> JSON? {
        var height: UInt64?
        if let text = request.rest(after: "/ledger/quorum/") {
            height = UInt64(text)
            guard height != nil else { throw ControlRequest.Malformed(field: "height", expected: "a whole number") }
        } else if request.path != "/ledger/quorum" {
            return nil
        }
        let quorum = try await testnet.quorum(at: height)
        return [
            "height": .uint(quorum.height), "validators": .array(quorum.validators.map(JSON.string)),
            "workers": .array(quorum.workers.map(JSON.string)),
        ]
    }

    private func force(_ name: String, _ request: ControlRequest) async throws -> JSON {
        let nodes = try request.texts("nodes")
        let (receipt, done) =
            switch name {
            case "decommission": (try await testnet.decommission(nodes), "decommissioned")
            case "recommission": (try await testnet.recommission(nodes), "recommissioned")
            default: (try await testnet.deregister(nodes), "deregistered")
            }
        return LedgerAnswer.changed(
            "\(nodes.joined(separator: " ")) \(nodes.count == 1 ? "is" : "are") \(done)", receipt)
    }

    private func turn(_ name: String, _ request: ControlRequest) async throws -> JSON {
        switch name {
        case "advance": return try await advance(request)
        case "reorg":
            let done = try await testnet.reorganise(depth: Int(try request.number("depth", in: 1...UInt64(Int32.max))))
            let height = done.made.last?.height ?? 0
            return [
                "height": .uint(height), "dropped": .int(done.dropped.count), "made": .int(done.made.count),
                "returned": .int(done.returned.count), "lost": .int(done.lost.count),
                "summary": .string(
                    "\(done.dropped.count) blocks were replaced by \(done.made.count) up to height \(height); "
                        + "\(done.returned.count) transactions count again, \(done.lost.count) are lost"),
            ]
        case "lag":
            let node = try request.text("node")
            let blocks = try request.number("blocks", in: 0...UInt64(Int32.max))
            try await testnet.setLag(node, blocks: blocks)
            let height = await testnet.ledgerHeight
            return [
                "height": .uint(height), "node": .string(node), "blocks": .uint(blocks),
                "summary": .string(
                    blocks == 0 ? "\(node) sees the chain as it is" : "\(node) sees the chain \(blocks) blocks late"),
            ]
        default:
            try await testnet.restartLedger()
            let height = await testnet.ledgerHeight
            return ["height": .uint(height), "summary": .string("the ledger goes on from height \(height)")]
        }
    }

    private func advance(_ request: ControlRequest) async throws -> JSON {
        let most: UInt64 = 1_000_000
        let perDay = UInt64(Testnet.blocksPerDay)
        let blocks =
            request.fields["days"] == nil
            ? try request.number("blocks", in: 1...most) : try request.number("days", in: 1...most / perDay) * perDay
        let report = try await testnet.advance(blocks: Int(blocks))
        let seconds = report.passed.components.seconds
        return [
            "height": .uint(report.height), "blocks": .int(report.blocks), "seconds": .integer(seconds),
            "summary": .string(
                "\(report.blocks) blocks were made, \(seconds) seconds of the ledger's time; the height is \(report.height)"
            ),
        ]
    }
}

/// What a change of the ledger is answered with.
enum LedgerAnswer {
    /// - Parameter end: of the sentence.
    static func changed(_ summary: String, _ receipt: LedgerReceipt, _ end: String = "") -> JSON {
        var fields = receipt.json
        fields["summary"] = .string(
            (receipt.isPending ? "\(summary) with the next block" : "\(summary) at height \(receipt.height)") + end)
        return .object(fields)
    }
}
