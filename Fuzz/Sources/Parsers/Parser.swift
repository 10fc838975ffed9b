import SessionProtocol

/// A reader of bytes from elsewhere, under test: any input may be refused, none may end the process, and what it reads
/// must mean the same when it is written and read again.
struct Parser: Sendable {
    let name: String
    /// Reads one input. What the parser refuses is fine; a broken promise ends the process.
    let read: @Sendable (Bytes) -> Void

    /// Every parser that sees bytes from the network or from a user's file.
    static let all: [Parser] = [
        bencode, json, jsonRequest, bencodedRequest, onionEntry, onionHop, onionLayer, queueFrames, monitorRequest,
        dataBlob, changes, hashList, nodeTable,
        recoveryPhrase, topology,
    ]

    /// Keeps a promise of the parser's.
    static func expect(_ promise: Bool, _ what: @autoclosure () -> String) {
        if !promise { fatalError(what()) }
    }

    /// What a parser makes of its input; `nil` when it refuses it, for whatever reason.
    static func accepted<Value>(_ parse: () throws -> Value) -> Value? {
        do { return try parse() } catch { return nil }
    }
}

/// The parser that inputs go to. Set once, before the first input.
private nonisolated(unsafe) var chosen: Parser?

/// - Returns: 0 when no parser has that name; the names are printed then.
@_cdecl("fuzz_choose")
public func choose(_ name: UnsafePointer<CChar>) -> CInt {
    chosen = Parser.all.first { $0.name == String(cString: name) }
    if chosen == nil { print(Parser.all.map(\.name).joined(separator: "\n")) }
    return chosen == nil ? 0 : 1
}

/// One input, as libFuzzer hands it over.
@_cdecl("fuzz_run")
public func run(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    chosen?.read(Bytes(UnsafeBufferPointer(start: data, count: size)))
    return 0
}
