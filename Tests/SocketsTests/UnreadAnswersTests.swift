import CHost
import CZMQ
import Glibc
import SessionCrypto
import SessionProtocol
import Testing

@testable import Sockets

extension SocketsTests {
    /// A listener and a caller, on this thread alone.
    @Suite struct UnreadAnswersOfCallers {
        private static let large = Bytes(repeating: 7, count: 4 << 20)
        private static let last = Bytes("last".utf8)

        @Test(
            "A caller that does not read is sent so much and no more until it has read; small answers go on",
            arguments: [false, true])
        func unread(isEncrypted: Bool) throws {
            let keys = isEncrypted ? try X25519KeyPair(secretKey: Bytes(repeating: 9, count: 32)) : nil
            let context = try ZMQContext(ioThreads: 1)
            defer { context.terminate() }
            let epoll = chost_epoll_create()
            defer { close(epoll) }
            let loop = try PollLoop(context, epoll: epoll)
            defer { loop.close() }
            var routes: [Bytes] = []
            let listener = try OMQListener(on: .loopback, port: 0, keys: keys, loop: loop) { message in
                routes.append(message.frames[0])
            }
            defer { listener.close(linger: 0) }

            let caller = try loop.makeSocket(ZMQ_DEALER)
            defer { caller.close(linger: 0) }
            try caller.setCommonOptions(keys: keys)
            if let keys { try caller.set(ZMQ_CURVE_SERVERKEY, keys.publicKey.bytes) }
            try caller.set(ZMQ_RCVHWM, 1)
            try caller.connect("tcp://127.0.0.1:\(listener.port)")
            #expect(caller.send([Bytes("hello".utf8)]))
            while routes.isEmpty {
                // Whatever has which number: all may look.
                loop.turn(Array(0...caller.id))
                sched_yield()
            }
            let route = try #require(routes.first)

            let bound = UnreadAnswers.mostBytes / Self.large.count
            for _ in 0..<2 * bound { listener.send([Self.large], to: route) }
            listener.send([Self.last], to: route)
            let read = Self.untilLast(caller)
            #expect(read >= bound)
            #expect(read < 2 * bound)

            listener.send([Self.large], to: route)
            listener.send([Self.last], to: route)
            #expect(Self.untilLast(caller) == 1)
        }

        /// - Returns: how many large answers come before the last.
        private static func untilLast(_ caller: ZMQSocket) -> Int {
            var count = 0
            while true {
                guard let message = caller.receive() else {
                    sched_yield()
                    continue
                }
                if message.frames == [last] { return count }
                count += 1
            }
        }
    }
}
