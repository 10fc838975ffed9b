import Testing

@testable import Orchestrator

@Suite struct NetworkSettingsTests {
    @Test(
        "Where the preset says when blocks are made, a network may take the time of three more to become ready",
        arguments: [
            (.auto, 1, 60_000), (.preset, 1, 420_000), (.preset, 100, 63_600), (.every(.seconds(2)), 100, 60_000),
        ] as [(Topology.BlockTime, Int, Int)])
    func timeToBecomeReady(_ blockTime: Topology.BlockTime, timeScale: Int, milliseconds: Int) {
        var topology = Topology()
        topology.ledger.blockTime = blockTime
        topology.ledger.timeScale = timeScale
        let settings = NetworkSettings(
            topology: topology, seed: 1, directory: RunDirectory(name: "a", parent: "logs"), executable: "testnet")
        #expect(settings.timeToBecomeReady(seconds: 60) == .milliseconds(milliseconds))
    }

    @Test(
        "Nodes ping as the reference does, and four times as often as the ledger takes them to be asleep",
        arguments: [(1, 30_000), (30, 30_000), (31, 29_032), (500, 1_800), (100_000, 9)])
    func pingInterval(timeScale: Int, milliseconds: Int) {
        var settings = Topology().ledger
        settings.timeScale = timeScale
        #expect(settings.pingInterval == .milliseconds(milliseconds))
    }
}
