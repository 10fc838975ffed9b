/// Three messages that lie in a node before a call: two in the inbox, one in namespace 2 between them.
enum WireSeeds {
    static let stores: [WireCall] = [
        .store("one", timestamp: WireOwner.now - 2), .signedStore("two", namespace: 2, timestamp: WireOwner.now - 1),
        .store("three", timestamp: WireOwner.now),
    ]
    static let hashes = (WireOwner.hash("one"), WireOwner.hash("two", 2), WireOwner.hash("three"))
}
