import NodeRuntime
import SessionProtocol

extension LedgerDaemon {
    private static let longestBody = 1 << 20

    /// `POST /json_rpc` (ledger §6.1). Clients insist on a content type of exactly `application/json`.
    nonisolated var httpService: HTTPService {
        { head, body in
            guard head.path.prefix(while: { $0 != "?" }) == "/json_rpc" else {
                return Self.plain(404, "\(head.path) is not served here; post to /json_rpc\n")
            }
            guard head.method == "POST" else {
                var reply = Self.plain(405, "\(head.method) is not served here; use POST\n")
                reply.headers["Allow"] = "POST"
                return reply
            }
            do {
                return await self.answerHTTP(try await body.collect(upTo: Self.longestBody))
            } catch is HTTPBody.TooLarge {
                var reply = Self.plain(413, "a call may have at most \(Self.longestBody) bytes\n")
                reply.closesConnection = true
                return reply
            } catch {
                return Self.plain(400, "the body broke off\n")
            }
        }
    }

    private func answerHTTP(_ body: Bytes) -> HTTPReply {
        do throws(JSONRPCCall.Refusal) {
            return Self.json(
                try keptAnswer(to: .http(body), of: nil) { () throws(JSONRPCCall.Refusal) in try answer(body) })
        } catch {
            return Self.json(error.body)
        }
    }

    /// - Returns: the whole reply.
    private func answer(_ body: Bytes) throws(JSONRPCCall.Refusal) -> RPCMethod.Answer {
        let call = try JSONRPCCall(parsing: body)
        guard let method = RPCMethod.served[call.method] else { throw call.refusal(.unknownMethod(call.method)) }
        do throws(RPCError) {
            let answer = try method.answer(self, RPCCall(call))
            return RPCMethod.Answer(text: call.reply(answer.text), isForAll: answer.isForAll)
        } catch {
            throw call.refusal(error)
        }
    }

    private static func json(_ body: Bytes) -> HTTPReply {
        HTTPReply(status: 200, headers: ["Content-Type": "application/json"], body: body)
    }

    private static func plain(_ status: Int, _ text: String) -> HTTPReply {
        HTTPReply(status: status, headers: ["Content-Type": "text/plain"], body: Bytes(text.utf8))
    }
}
