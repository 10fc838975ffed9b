import SessionProtocol
import TopologyFile

extension Parser {
    /// A user's topology file.
    static let topology = Parser(name: "topology") { input in
        guard let text = String(validating: input, as: UTF8.self),
            let topology = accepted({ try Topology(yaml: text, file: "input") })
        else { return }
        let written = topology.yaml
        expect(accepted { try Topology(yaml: written, file: "written") } == topology, "a topology changes: \(written)")
    }
}
