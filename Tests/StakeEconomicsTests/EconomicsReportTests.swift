import SessionProtocol
import Swarms
import Testing

@testable import StakeEconomics

@Suite struct EconomicsReportTests {
    private let model = StakeModel(price: 0.4, stake: 18_550, honestNodes: 60, circulating: 1_500_000)

    private func report(seed: UInt64 = 3) throws -> EconomicsReport {
        try EconomicsReport(model, policy: .whitepaper, trials: 20, seed: seed)
    }

    @Test("There is a row for each share, dearer and more harmful than the one before")
    func rows() throws {
        let rows = try report().rows
        #expect(rows.map(\.percent) == [1, 5, 10, 20, 33, 50])
        #expect(rows.map(\.attackerNodes) == [1, 4, 7, 15, 30, 60])
        #expect(rows.allSatisfy { $0.nodes == 60 + $0.attackerNodes })
        let costs = rows.map { $0.purchase?.cost ?? 0 }
        #expect(zip(costs, costs.dropFirst()).allSatisfy { $0 < $1 })
        #expect(rows.allSatisfy { ($0.loss ?? 0) > 0 })
        #expect(rows.map(\.odds.exactPath) == rows.map(\.odds.exactPath).sorted())
    }

    @Test("The same seed gives the same report, and another one another")
    func seeds() throws {
        #expect(try report().text == report().text)
        #expect(try report().json == report().json)
        #expect(try report().json != report(seed: 4).json)
    }

    @Test("A share that the supply does not suffice for has odds and no price")
    func tooFewCoins() throws {
        var poor = model
        poor.circulating = 500_000
        let report = try EconomicsReport(poor, policy: .oxen, percents: [20, 50], trials: 5, seed: 1)
        #expect(report.rows[0].purchase != nil)
        #expect(report.rows[1].purchase == nil)
        #expect(report.rows[1].loss == nil)
        #expect(report.json["rows"]?.asArray?[1]["cost"] == .null)
        #expect(report.text.split(separator: "\n").last?.contains("too few") == true)
    }

    @Test("A model that makes no sense is refused, not left out")
    func nonsense() {
        var broken = model
        broken.elasticity = -1
        #expect(throws: StakeModelRefusal.self) {
            _ = try EconomicsReport(broken, policy: .oxen, percents: [1], trials: 1, seed: 1)
        }
    }

    @Test("The text names the model and has aligned columns with every figure of a row")
    func text() throws {
        let report = try report()
        let lines = report.text.split(separator: "\n").map(String.init)
        #expect(lines[0].contains("60 honest nodes of 18,550 coins at 0.40 USD (7,420 USD a node)"))
        #expect(lines[2].contains("whitepaper swarms · 20 networks a share · seed 3"))
        let table = lines.suffix(7)
        #expect(Set(table.map(\.count)).count == 1)
        #expect(table.last?.contains("1,113,000") == true)
        #expect(table.last?.contains(DecimalText.percent(report.rows[5].odds.exactPath)) == true)
    }

    @Test("The JSON is read back with the figures of the rows")
    func json() throws {
        let report = try report()
        let read = try JSON(parsing: report.json.utf8)
        #expect(read["policy"] == "whitepaper")
        #expect(read["seed"] == 3)
        #expect(read["model"]?["stake"] == 18_550)
        let row = try #require(read["rows"]?.asArray?.last)
        #expect(row["coins"] == 1_113_000)
        #expect(row["someSwarm"]?["hits"]?.asInteger == Int64(report.rows[5].odds.someSwarm.hits))
        #expect(row["path"]?["trials"] == 2_000)
    }

    @Test("Numbers are written alike everywhere")
    func numbers() {
        #expect(
            [0.4, 2.004, -0.001, 1234.5].map { DecimalText.fixed($0, digits: 2) } == [
                "0.40", "2.00", "0.00", "1234.50",
            ])
        #expect(DecimalText.fixed(.nan, digits: 2) == "–")
        #expect(
            [0, 7, 999, 1_000, -1_234_567].map { DecimalText.grouped($0) } == ["0", "7", "999", "1,000", "-1,234,567"])
        #expect(
            [0, 0.001_23, 0.5, 0.123_456, 1].map(DecimalText.percent) == [
                "0 %", "0.1230 %", "50 %", "12.35 %", "100 %",
            ])
    }
}
