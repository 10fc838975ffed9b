import SessionProtocol
import Testing

@testable import ServiceNode

@Suite("Replies as text")
struct ReplyWritingTests {
    @Test(
        "What is written at once is the text of the reply's JSON",
        arguments: [
            .integer(.min), .bool(true), .bool(false), .text(""), .text("\"\\\n\u{1}é😀"), .blob([]), .blob([0]),
            .blob([0, 1]), .blob(Bytes((0...255).map { UInt8($0) })), .list([]), .list([.integer(1), .text("b")]),
            .dictionary([:]), .dictionary(["b": .integer(1), "a": .list([.dictionary(["é": .blob([9])])])]),
            .quoted(.null), .quoted(.object(["z": .number(1.5), "a": .unsigned(.max)])),
            .dictionary(Dictionary(uniqueKeysWithValues: (0..<40).map { ("k\($0)\"", ReplyValue.integer($0)) })),
        ] as [ReplyValue])
    func jsonText(value: ReplyValue) throws {
        #expect(value.jsonUTF8 == value.json.utf8)
        #expect(try JSON(parsing: value.jsonUTF8) == value.json)
    }
}
