import NodeRuntime
import SessionProtocol
import Testing

@testable import Orchestrator

@Suite struct NodeLogLineTests {
    @Test("An event's line has the moment, the kind, and the fields in order of their names")
    func eventLine() {
        let day: Int64 = 20_000 * 86_400_000
        let cases: [(Int64, [String: JSON], String)] = [
            (0, [:], "2024-10-04T00:00:00.000Z block"),
            (((23 * 60 + 4) * 60 + 9) * 1000 + 7, ["b": 2, "a": "x"], "2024-10-04T23:04:09.007Z block a=x b=2"),
            (
                86_399_999, ["reason": "no answer", "list": ["p", 1]],
                "2024-10-04T23:59:59.999Z block list=[\"p\",1] reason=\"no answer\""
            ),
            (86_400_000, ["ip": "127.0.0.1"], "2024-10-05T00:00:00.000Z block ip=127.0.0.1"),
        ]
        for (time, fields, text) in cases {
            #expect(NodeLogLine(RecordedEvent(time: day + time, event: Event(.block, from: "n1", fields))).text == text)
        }
    }

    @Test(
        "Whatever an event says, its line is one line, and gives the event back",
        arguments: [
            "x", "", " ", "a b", "0", "-1", "1e5", "12e4567", "127.0.0.1", "true", "null", "nil", "\"", "a\"b", "[",
            "a[b",
            "{\"a\":1}", "two\nlines\r\n", "tab\t", "grüße …", "back\\slash", "k=v", "]", "7fffffffffffffff", "+1",
            ".5",
        ])
    func givesBack(text: String) {
        let values: [JSON] = [
            .string(text), ["list", .string(text), 1], ["key": .string(text), text: 2], .null, true, 5,
            .unsigned(.max), .number(0.5), .number(1e300), .integer(.min), [], [:],
        ]
        for (number, value) in values.enumerated() {
            let recorded = RecordedEvent(
                time: 1_790_000_000_123,
                event: Event(.nodeStopped, from: "n7", ["a": value, "b": .string(text), "c": 3]))
            let line = NodeLogLine(recorded).text
            #expect(!line.contains { $0.isNewline }, "\(number): \(line)")
            #expect(NodeLogLine.event(in: Bytes(line.utf8), of: "n7") == recorded, "\(number): \(line)")
        }
    }

    @Test(
        "A line that is cut anywhere is no event, unless nothing of it is missed",
        arguments: ["2026-12-01T00:00:00.000Z nodeStopped a=[\"x\",{\"y\":\"z\"}] b=\"two words\""])
    func cut(line: String) {
        let bytes = Bytes(line.utf8)
        for length in 0..<bytes.count {
            let event = NodeLogLine.event(in: bytes.prefix(length), of: "n1")
            guard let event else { continue }
            #expect(NodeLogLine(event).text.utf8.elementsEqual(bytes.prefix(length)))
        }
        let partial = NodeLogLine.event(in: bytes.dropLast(3), of: "n1", upToItsCut: true)
        #expect(partial?.event.fields == ["a": ["x", ["y": "z"]]])
    }

    @Test("Moments are the calendar's, leap days and centuries included, and nothing else is read as one")
    func moments() {
        let cases: [(Int64, String)] = [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_735_689_599_999, "2024-12-31T23:59:59.999Z"), (-1, "1969-12-31T23:59:59.999Z"),
        ]
        for (time, text) in cases {
            #expect(LogTime.text(time) == text)
            #expect(LogTime.parse(Bytes(text.utf8)) == time)
        }
        for text in ["2026-02-30T00:00:00.000Z", "2026-13-01T00:00:00.000Z", "2026-01-01 00:00:00.000Z", "x", ""] {
            #expect(LogTime.parse(Bytes(text.utf8)) == nil, "\(text)")
        }
    }

    @Test("Other programs' times are read in the forms they have")
    func foreignTimes() {
        let day: Int64 = 1_764_547_200_000
        let clock: Int64 = ((12 * 60 + 30) * 60 + 1) * 1000
        let cases: [(String, LogTime.Foreign?)] = [
            ("12:30:01.250 x", .timeOfDay(clock + 250)), ("12:30:01 x", .timeOfDay(clock)),
            ("[2025-12-01 12:30:01] [+1s] x", .localInstant(day + clock)),
            ("[2025-12-01 12:30:01.5] x", .localInstant(day + clock + 500)),
            ("2025-12-01T12:30:01,123456Z x", .instant(day + clock + 123)), ("  File \"x.py\", line 3", nil),
            ("25:00:00", nil), ("12:30", nil), ("2025-12-01", nil), ("", nil), ("2025-12-01x12:30:01", nil),
        ]
        for (text, time) in cases { #expect(LogTime.foreign(Bytes(text.utf8)[...]) == time, "\(text)") }
    }
}
