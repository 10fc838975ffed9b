import Foundation
import Ledger
import NodeRuntime
import SessionCrypto
import SessionProtocol

extension Testnet {
    /// What the network looks like now.
    public func status() async -> NetworkStatus {
        let chain = await ledger.daemon.status
        let entries = Dictionary(uniqueKeysWithValues: chain.nodes.map { ($0.node, $0.entry) })
        var nodesNow: [NetworkStatus.Node] = []
        for name in names {
            guard let node = nodes[name] else { continue }
            nodesNow.append(await status(of: node, entries[node.member.keys.legacy.publicKey]))
        }
        let rungs = watch.progress()
        let swarms = Dictionary(grouping: nodesNow.filter { $0.swarm != nil }, by: \.swarm)
        return NetworkStatus(
            name: settings.directory.name, seed: settings.seed, mode: settings.topology.mode, processID: getpid(),
            isReady: rungs.allSatisfy(\.isReached), rungs: rungs,
            ledger: NetworkStatus.Ledger(
                rpcURL: ledger.rpcURL, omqAddress: "tcp://\(ledger.peer.address):\(ledger.peer.port)",
                omqPublicKey: ledger.peer.publicKey, height: chain.height, blockHash: chain.topHash.hex),
            nodes: nodesNow,
            swarms: swarms.compactMap { swarm, nodes in
                swarm.map { NetworkStatus.Swarm(id: $0, members: nodes.map(\.name)) }
            }.sorted { $0.id < $1.id },
            lacks: events.lacks)
    }
    private func status(of node: any RunningNode, _ entry: ServiceNodeEntry?) async -> NetworkStatus.Node {
        let name = node.member.name
        let keys = node.member.keys
        let swarm = entry.flatMap { $0.swarm == .unassigned ? nil : $0.swarm }
        return NetworkStatus.Node(
            name: name, state: await node.state, mode: settings.topology.mode, processID: await node.processID,
            address: node.member.address, httpsPort: ports[name]?.http ?? 0, omqPort: ports[name]?.omq ?? 0,
            legacy: keys.legacy.publicKey, ed25519: keys.ed25519.publicKey, x25519: keys.x25519.publicKey,
            swarm: swarm, stake: StakeState(entry), leaves: entry?.requestedUnlockHeight,
            isExternal: node.external != nil)
    }
}
