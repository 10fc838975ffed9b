import Ledger
import SessionProtocol
import Testing

@testable import Orchestrator

@Suite struct ControlRequestTests {
    private func request(_ fields: JSON) -> ControlRequest {
        ControlRequest(method: "POST", path: "/ledger/quorum/7", fields: fields)
    }

    @Test("Fields are read by their kind, and what is missing is told from what is wrong")
    func fields() throws {
        let request = request(["a": "x", "n": 7, "l": ["p", "q"], "mixed": ["p", 1], "none": .null])
        #expect(try request.text("a") == "x")
        #expect(try request.optionalText("none") == nil)
        #expect(try request.optionalText("absent") == nil)
        #expect(try request.texts("l") == ["p", "q"])
        #expect(try request.texts("absent").isEmpty)
        #expect(try request.number("n", in: 1...7) == 7)
        #expect(request.rest(after: "/ledger/quorum/") == "7")
        #expect(request.rest(after: "/nodes/") == nil)

        func refusal(_ body: () throws -> Void) -> String? {
            do { try body() } catch { return "\(error)" }
            return nil
        }
        #expect(refusal { _ = try request.text("absent") } == "'absent' must be a text")
        #expect(refusal { _ = try request.text("n") } == "'n' must be a text")
        #expect(refusal { _ = try request.texts("mixed") } == "'mixed' must be a list of texts")
        #expect(refusal { _ = try request.texts("a") } == "'a' must be a list of texts")
        #expect(refusal { _ = try request.number("n", in: 1...6) } == "'n' must be a whole number of 1–6")
    }

    @Test("Coins are read to the ninth decimal, and nothing else is")
    func coins() {
        let good: [(String, UInt64)] = [
            ("18550", 18_550_000_000_000), ("0.5", 500_000_000), ("0.000000001", 1), ("0", 0),
            ("18446744073.709551615", .max),
        ]
        for (text, atomic) in good { #expect(Amount(coins: text)?.atomic == atomic, "\(text)") }
        let bad = [
            "", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "0.0000000001", "18446744073.709551616", "18446744074",
            "99999999999999999999", "1.2.3", " 1", "١",
        ]
        for text in bad { #expect(Amount(coins: text) == nil, "\(text)") }
    }
}
