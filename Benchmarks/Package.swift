// swift-tools-version:6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// A package of its own, so that nothing a benchmark needs ever reaches the product. It measures the built executable from
// outside, as a user's stop-watch would. Swarm assignment is no verb of the executable: its module is built here from the
// same sources, which the links beside `bench` lead to.
let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "SessionProtocol", swiftSettings: settings),
        .target(name: "Swarms", dependencies: ["SessionProtocol"], swiftSettings: settings),
        .executableTarget(name: "bench", dependencies: ["SessionProtocol", "Swarms"], swiftSettings: settings),
    ]
)
