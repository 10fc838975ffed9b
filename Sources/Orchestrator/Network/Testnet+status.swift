import Foundation
import NodeRuntime
import SessionCrypto
import SessionProtocol

extension Testnet {
    /// What the network looks like now.
    public func status() async -> NetworkStatus {
        let chain = await ledger.status()
        var nodesNow: [NetworkStatus.Node] = []
        for name in names {
            guard let node = nodes[name] else { continue }
            let keys = node.member.keys
            nodesNow.append(
                NetworkStatus.Node(
                    name: name, state: await node.state, mode: settings.topology.mode,
                    processID: await node.processID, address: node.member.address, httpsPort: ports[name]?.http ?? 0,
                    omqPort: ports[name]?.omq ?? 0, legacy: keys.legacy.publicKey, ed25519: keys.ed25519.publicKey,
                    x25519: keys.x25519.publicKey, swarm: chain.swarms[keys.legacy.publicKey]))
        }
        let rungs = watch.progress()
        let swarms = Dictionary(grouping: nodesNow.filter { $0.swarm != nil }, by: \.swarm)
        return NetworkStatus(
            name: settings.directory.name, seed: settings.seed, mode: settings.topology.mode, processID: getpid(),
            isReady: rungs.allSatisfy(\.isReached), rungs: rungs,
            ledger: NetworkStatus.Ledger(
                rpcURL: ledger.rpcURL, omqAddress: "tcp://\(ledger.peer.address):\(ledger.peer.port)",
                omqPublicKey: ledger.peer.publicKey, height: chain.height),
            nodes: nodesNow,
            swarms: swarms.compactMap { swarm, nodes in
                swarm.map { NetworkStatus.Swarm(id: $0, members: nodes.map(\.name)) }
            }.sorted { $0.id < $1.id })
    }
}
