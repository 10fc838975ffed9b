import NodeRuntime
import SessionCrypto
import SessionProtocol

extension Event {
    /// A node's listeners are open: who it is and where it is found, the same in every world.
    /// - Parameters:
    ///   - processID: `nil` in a simulation.
    ///   - isExternal: whether it is somebody else's program.
    static func nodeStarted(
        _ name: String, keys: NodeKeys, address: IPv4Address, ports: ListenerPorts, processID: Int32?,
        isExternal: Bool = false
    ) -> Event {
        var fields: [String: JSON] = [
            "pubkeyLegacy": .string(keys.legacy.publicKey.hex),
            "pubkeyEd25519": .string(keys.ed25519.publicKey.hex),
            "pubkeyX25519": .string(keys.x25519.publicKey.hex),
            "ip": .string(address.description), "httpsPort": .int(Int(ports.http ?? 0)),
            "omqPort": .int(Int(ports.omq ?? 0)),
        ]
        fields["pid"] = processID.map { .int(Int($0)) }
        if isExternal { fields["external"] = true }
        return Event(.nodeStarted, from: name, fields)
    }
}
