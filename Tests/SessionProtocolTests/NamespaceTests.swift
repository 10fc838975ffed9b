import SessionProtocol
import Testing

@Suite("Namespaces")
struct NamespaceTests {
    struct Class: Sendable {
        let number: Int16
        var inbox = false
        var outbox = false
        var openToRetrieve = false
        var unrevocable = false
    }

    @Test(
        "Every class of namespace follows from the number",
        arguments: [
            Class(number: 0, inbox: true), Class(number: 10, inbox: true), Class(number: -20, inbox: true),
            Class(number: 32_760, inbox: true), Class(number: -10, inbox: true, openToRetrieve: true),
            Class(number: 1), Class(number: 5), Class(number: 11), Class(number: 21), Class(number: 32_767),
            Class(number: -1, outbox: true, openToRetrieve: true),
            Class(number: -21, outbox: true, openToRetrieve: true),
            Class(number: -2), Class(number: -11, unrevocable: true), Class(number: -111, unrevocable: true),
            Class(number: -31), Class(number: -32_768), Class(number: .min + 1),
        ])
    func classes(expected: Class) {
        let namespace = Namespace(expected.number)
        #expect(namespace.isPublicInbox == expected.inbox)
        #expect(namespace.isPublicOutbox == expected.outbox)
        #expect(namespace.isOpenToRetrieve == expected.openToRetrieve)
        #expect(namespace.isUnrevocable == expected.unrevocable)
        #expect(namespace.isLegacyClosedGroup == (expected.number == -10))
    }

    @Test("The default inbox adds nothing to signed texts, every other namespace its decimal number")
    func signedTexts() {
        #expect(Namespace.inbox.signedText.isEmpty)
        #expect(Namespace(12).signedText == "12")
        #expect(SignedText.store(Namespace(-11), timestamp: 5) == Bytes("store-115".utf8))
        #expect(SignedText.retrieve(.inbox, timestamp: 1_700_000_000_000) == Bytes("retrieve1700000000000".utf8))
    }
}
