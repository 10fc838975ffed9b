// swift-tools-version:6.2
import PackageDescription

// A package of its own: every parser that sees bytes from elsewhere, built with libFuzzer's instrumentation from the same
// sources, which the links beside `fuzz` lead to.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    // Inputs are told apart by the branches they take; `@testable` reaches parsers that only their module needs.
    .unsafeFlags(["-sanitize=fuzzer", "-enable-testing", "-parse-as-library"]),
]

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/jpsim/Yams", exact: "6.2.2")],
    targets: [
        .systemLibrary(name: "CSodium"),
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CCrypto"),
        module("SessionProtocol", []),
        module("NodeRuntime", ["SessionProtocol"]),
        module("SessionCrypto", ["SessionProtocol", "CSodium", "CCrypto"]),
        module("Swarms", ["SessionProtocol"]),
        module("Storage", ["SessionProtocol", "CSQLite"]),
        module("Ledger", ["SessionProtocol", "NodeRuntime", "SessionCrypto", "Swarms", "Storage"]),
        module("ServiceNode", ["SessionProtocol", "NodeRuntime", "SessionCrypto", "Swarms", "Storage"]),
        // Only the folder that reads topology files, of the module that runs them.
        module(
            "TopologyFile",
            [
                "SessionProtocol", "SessionCrypto", "Swarms", "Ledger", "ServiceNode",
                .product(name: "Yams", package: "Yams"),
            ]),
        module("Parsers", ["SessionProtocol", "NodeRuntime", "ServiceNode", "TopologyFile"]),
        .executableTarget(
            name: "fuzz", dependencies: ["Parsers"],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]),
    ]
)
