import PythonPrograms

@testable import Orchestrator

/// Our nodes, `n1` to the last, and one that is the storage server in Python.
enum NetworkWithDouble {
    static let name = "ext1"

    /// - Parameters:
    ///   - folder: for the run, and for the certificate of the double.
    ///   - options: of the double.
    static func settings(ours: Int, in folder: String, _ options: [String] = []) throws -> NetworkSettings {
        var topology = Topology()
        topology.nodes = .named((1...ours).map { "n\($0)" } + [name])
        topology.externals = [name: try StorageDouble.server(in: folder, options)]
        return NetworkSettings(
            topology: topology, seed: 7, directory: RunDirectory(name: "external", parent: folder), executable: "")
    }
}

/// Starts nodes of ours and the double in this process, few enough for one swarm, and takes them down whatever happens.
/// - Parameter options: of the double.
func withDouble(ours: Int = 6, _ options: [String] = [], _ body: (Testnet) async throws -> Void) async throws {
    try await withFolder { folder in
        let testnet = try await Testnet(try NetworkWithDouble.settings(ours: ours, in: folder, options))
        do {
            try await testnet.start()
            try await testnet.wait(for: .swarmsAgreed, timeout: .seconds(60))
            try await body(testnet)
        } catch {
            await testnet.down()
            throw error
        }
        await testnet.down()
    }
}
