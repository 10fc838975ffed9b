// swift-tools-version:6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// A package of its own, so that nothing a benchmark needs ever reaches the product. It measures the built executable from
// outside, as a user's stop-watch would. Swarm assignment and the ledger's chain are no verbs of the executable: their
// modules are built here from the same sources, which the links beside `bench` lead to.
let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    targets: [
        .systemLibrary(name: "CSodium"),
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CCrypto"),
        .systemLibrary(name: "CZMQ"),
        .systemLibrary(name: "CTLS"),
        .target(name: "SessionProtocol", swiftSettings: settings),
        .target(name: "NodeRuntime", dependencies: ["SessionProtocol"], swiftSettings: settings),
        .target(
            name: "SessionCrypto", dependencies: ["SessionProtocol", "CSodium", "CCrypto"], swiftSettings: settings),
        .target(name: "Swarms", dependencies: ["SessionProtocol"], swiftSettings: settings),
        .target(name: "Storage", dependencies: ["SessionProtocol", "CSQLite"], swiftSettings: settings),
        .target(
            name: "Ledger", dependencies: ["SessionProtocol", "NodeRuntime", "SessionCrypto", "Swarms", "Storage"],
            swiftSettings: settings),
        .target(
            name: "SessionClient", dependencies: ["SessionProtocol", "NodeRuntime", "SessionCrypto"],
            swiftSettings: settings),
        .executableTarget(
            name: "bench",
            dependencies: [
                "SessionProtocol", "NodeRuntime", "SessionCrypto", "SessionClient", "Swarms", "Storage", "Ledger",
                "CZMQ", "CTLS",
            ],
            swiftSettings: settings),
    ]
)
