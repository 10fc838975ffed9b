import NodeRuntime

extension Transport {
    /// Posts one request and closes the transport, which was made for it.
    func postOnce(_ request: OutgoingPost) async throws(TransportError) -> HTTPReply {
        do {
            let reply = try await post(request)
            await close()
            return reply
        } catch {
            await close()
            throw error
        }
    }
}
