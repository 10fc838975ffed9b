import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NodeRuntime
import SessionProtocol

/// A listening HTTP or HTTPS socket with its connections.
final class HTTPListener: Sendable {
    private let channel: any Channel
    private let connections: OpenConnections

    /// `nil` for listeners without a port.
    var port: UInt16? { channel.localAddress?.port.flatMap { UInt16(exactly: $0) } }

    /// Listens on an IPv4 address; port 0 lets the system choose.
    init(
        _ address: SessionProtocol.IPv4Address, port: UInt16, tls: TLSContext?, serving: HTTPServing,
        group: any EventLoopGroup
    ) async throws(TransportError) {
        let connections = OpenConnections(limit: serving.mostConnections)
        let bootstrap = Self.bootstrap(group, tls, serving, connections)
        do {
            channel = try await bootstrap.bind(host: "\(address)", port: Int(port)).get()
        } catch {
            throw .cannotListen(address: "\(address):\(port)", reason: Self.reason(of: error))
        }
        self.connections = connections
    }

    /// Serves on a socket that is bound already, and closes it in the end.
    init(
        boundSocket: CInt, name: String, serving: HTTPServing, group: any EventLoopGroup
    ) async throws(TransportError) {
        let connections = OpenConnections(limit: serving.mostConnections)
        let bootstrap = Self.bootstrap(group, nil, serving, connections)
        do {
            channel = try await bootstrap.withBoundSocket(boundSocket).get()
        } catch {
            throw .cannotListen(address: name, reason: Self.reason(of: error))
        }
        self.connections = connections
    }

    /// Stops listening and cuts every connection. Waits for nothing that a peer does.
    func close() async {
        // Fails only when it is closed already.
        _ = try? await channel.close().get()
        await connections.cut()
    }

    private static func bootstrap(
        _ group: any EventLoopGroup, _ tls: TLSContext?, _ serving: HTTPServing, _ connections: OpenConnections
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(ConnectionCutter(connections))
                    if let tls { try pipeline.addHandler(TLSHandler(tls)) }
                    let pace = UploadPace()
                    try pipeline.addHandler(pace)
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
                    try pipeline.addHandler(HTTPConnection(serving, pace: pace))
                }
            }
    }

    private static func reason(of error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return String(cString: strerror(error.errnoCode))
    }
}
