/// Why a call was refused, with the daemon's codes (ledger §6.1).
struct RPCError: Error, Equatable {
    let code: Int
    let message: String

    static let parse = RPCError(code: -32_700, message: "Parse error")
    static func invalidRequest(_ message: String) -> RPCError { RPCError(code: -32_600, message: message) }
    static func unknownMethod(_ name: String) -> RPCError {
        RPCError(code: -32_601, message: "Method not found: \(name)")
    }
    static func wrongParameter(_ message: String) -> RPCError { RPCError(code: -1, message: message) }
    static func heightTooBig(_ message: String) -> RPCError { RPCError(code: -2, message: message) }
}
