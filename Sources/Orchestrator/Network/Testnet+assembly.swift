import Foundation
import Logging
import NodeRuntime
import SessionProtocol
import Sockets

extension Testnet {
    /// The certificate every node of the run uses: the topology's, or one made for the run.
    static func tlsIdentity(_ settings: NetworkSettings) throws -> TLSIdentity {
        if let files = settings.topology.tls {
            return TLSIdentity(certificateFile: files.certificate, keyFile: files.key)
        }
        return try TLSIdentity.selfSigned(in: settings.directory.path)
    }

    static func plans(_ settings: NetworkSettings, ledger: OMQPeer, tls: TLSIdentity) -> [NodePlan] {
        settings.topology.nodes.names.enumerated().map { index, name in
            NodePlan(
                name: name, seed: settings.seed,
                address: settings.topology.address(ofNode: index, addressBlock: settings.addressBlock),
                httpsPort: 0, omqPort: 0, ledger: ledger, directory: settings.directory.node(name),
                certificateFile: tls.certificateFile, keyFile: tls.keyFile)
        }
    }

    static func nodes(
        _ plans: [NodePlan], settings: NetworkSettings, process: SocketProcess, events: RunLog, log: Logger
    ) throws -> ([String: any RunningNode], ChildProcesses?) {
        switch settings.topology.mode {
        case .inProcess:
            let nodes = plans.map { plan in
                (plan.name, InProcessNode(plan, process: process, events: events, log: log) as any RunningNode)
            }
            return (Dictionary(uniqueKeysWithValues: nodes), nil)
        case .subprocess:
            let children = try ChildProcesses { line in
                // A line that is no event would be a bug of the child; its text is in the child's own log.
                guard let json = try? JSON(parsing: line), let recorded = RecordedEvent(json: json) else { return }
                events.record(recorded)
            }
            let nodes = plans.map { plan in
                (
                    plan.name,
                    SubprocessNode(plan, executable: settings.executable, children: children, events: events)
                        as any RunningNode
                )
            }
            return (Dictionary(uniqueKeysWithValues: nodes), children)
        }
    }
}
