import Orchestrator

/// The settings of a run in a test's folder, where the executable would put it.
///
/// - Parameters:
///   - name: the run's; its mode unless given.
///   - change: what the topology has beside its mode.
func runSettings(
    _ mode: Topology.Mode, seed: UInt64, name: String? = nil, in folder: String,
    _ change: (inout Topology) -> Void = { _ in }
) throws -> NetworkSettings {
    var topology = Topology()
    topology.mode = mode
    change(&topology)
    return NetworkSettings(
        topology: topology, seed: seed, directory: RunDirectory(name: name ?? mode.rawValue, parent: "\(folder)/logs"),
        executable: try Program.path())
}
