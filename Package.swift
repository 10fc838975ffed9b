// swift-tools-version:6.2
import PackageDescription

// A target may import only what it lists here; `make build` checks it. Arrows point only downward, in the order of this
// file, which is the order of ARCHITECTURE.md.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], copying resources: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name), "TimeLimits"] + dependencies,
        resources: resources.map { .copy($0) }, swiftSettings: settings)
}

let package = Package(
    name: "testnet",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "testnet", targets: ["testnet"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CSodium", providers: [.apt(["libsodium-dev"]), .brew(["libsodium"])]),
        .systemLibrary(name: "CZMQ", providers: [.apt(["libzmq3-dev"]), .brew(["zeromq"])]),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
        .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .target(name: "CHost"),

        module("SessionProtocol", []),
        module("NodeRuntime", ["SessionProtocol"]),
        module("SessionCrypto", ["SessionProtocol", "CSodium", "CCrypto"]),
        module("Swarms", ["SessionProtocol"]),
        module("Faults", ["SessionProtocol", "NodeRuntime"]),
        module("Storage", ["SessionProtocol", "CSQLite"]),
        module("Ledger", ["SessionProtocol", "NodeRuntime", "SessionCrypto", "Swarms", "Storage"]),
        module("StakeEconomics", ["SessionProtocol", "NodeRuntime", "Swarms"]),
        module("ServiceNode", ["SessionProtocol", "NodeRuntime", "SessionCrypto", "Swarms", "Storage"]),
        module("SessionClient", ["SessionProtocol", "NodeRuntime", "SessionCrypto"]),
        module("Simulation", ["SessionProtocol", "NodeRuntime", "Faults", "Storage", "CHost"]),
        module(
            "Sockets",
            [
                "SessionProtocol", "NodeRuntime", "SessionCrypto", "Faults", "CZMQ", "CCrypto", "CHost",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        module(
            "Orchestrator",
            [
                "SessionProtocol", "NodeRuntime", "SessionCrypto", "Swarms", "Faults", "Storage", "Ledger",
                "ServiceNode", "SessionClient", "Simulation", "Sockets", "CHost",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ]),
        module("Verdicts", ["SessionProtocol", "NodeRuntime", "Swarms"]),
        module("Scenarios", ["SessionProtocol", "NodeRuntime", "SessionClient", "Orchestrator", "Verdicts", "CHost"]),
        .executableTarget(
            name: "testnet",
            dependencies: [
                "SessionProtocol", "Swarms", "StakeEconomics", "Orchestrator", "Sockets", "Scenarios", "Verdicts",
                "NodeRuntime",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings,
            plugins: ["SourceHash"]),
        // `testnet --version` tells what it was built from.
        .plugin(name: "SourceHash", capability: .buildTool()),

        // A clock that stands still until a test moves it.
        .target(
            name: "ManualTime", dependencies: ["SessionProtocol", "NodeRuntime"], path: "Tests/ManualTime",
            swiftSettings: settings),
        // How long a test may work.
        .target(name: "TimeLimits", path: "Tests/TimeLimits", swiftSettings: settings),
        .testTarget(name: "TimeLimitsTests", dependencies: ["TimeLimits"], swiftSettings: settings),
        // The Python that tests run, and the storage server written in it.
        .target(
            name: "PythonPrograms", dependencies: ["Orchestrator", "Sockets"], path: "Tests/PythonPrograms",
            exclude: ["Double", "double_vectors.py"], swiftSettings: settings),
        tests(of: "SessionProtocol"),
        tests(of: "NodeRuntime", ["SessionProtocol", "ManualTime"]),
        tests(of: "SessionCrypto", ["SessionProtocol"], copying: ["Vectors"]),
        tests(of: "Swarms", ["SessionProtocol"], copying: ["Vectors", "Oracle"]),
        tests(of: "Faults", ["SessionProtocol", "NodeRuntime"]),
        tests(of: "Storage", ["SessionProtocol", "CSQLite", "NodeRuntime"]),
        // The same bodies against everything that keeps messages.
        .testTarget(
            name: "ConformanceTests", dependencies: ["Storage", "SessionProtocol", "CSQLite"], swiftSettings: settings),
        tests(of: "Ledger", ["SessionProtocol", "NodeRuntime", "SessionCrypto", "Swarms", "ManualTime"]),
        tests(of: "StakeEconomics", ["SessionProtocol", "NodeRuntime", "Swarms"]),
        tests(
            of: "ServiceNode", ["SessionProtocol", "NodeRuntime", "SessionCrypto", "Storage", "ManualTime"],
            copying: ["Vectors"]),
        tests(
            of: "Sockets",
            [
                "SessionProtocol", "NodeRuntime", "SessionCrypto", "Faults", "ManualTime", "CZMQ", "CCrypto", "CHost",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ]),
        tests(of: "SessionClient", ["SessionProtocol", "NodeRuntime", "SessionCrypto"], copying: ["Vectors"]),
        tests(
            of: "Orchestrator",
            [
                "SessionProtocol", "NodeRuntime", "SessionCrypto", "Swarms", "Faults", "Ledger", "SessionClient",
                "ServiceNode", "Sockets", "Storage", "PythonPrograms",
                .product(name: "Logging", package: "swift-log"),
            ]),
        tests(of: "Simulation", ["SessionProtocol", "NodeRuntime", "Faults", "Storage"]),
        // Whole nodes through changes of their swarms, in virtual time.
        .testTarget(
            name: "MembershipSyncTests",
            dependencies: [
                "Faults", "NodeRuntime", "ServiceNode", "SessionCrypto", "SessionProtocol", "Simulation", "Storage",
                "Swarms", "TimeLimits",
            ],
            swiftSettings: settings),
        tests(
            of: "Scenarios", ["Orchestrator", "NodeRuntime", "SessionClient", "SessionProtocol", "Verdicts", "CSQLite"]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "testnet", "CHost", "CZMQ", "Faults", "Ledger", "NodeRuntime", "Orchestrator", "PythonPrograms",
                "Scenarios", "SessionClient", "SessionCrypto", "SessionProtocol", "Simulation", "Sockets", "Storage",
                "TimeLimits", "Verdicts",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["Interoperability/outsider.py"], swiftSettings: settings),
        tests(
            of: "testnet",
            ["SessionProtocol", "Orchestrator", "StakeEconomics", "Swarms"]
                + [.product(name: "ArgumentParser", package: "swift-argument-parser")]),
        tests(of: "Verdicts", ["SessionProtocol", "NodeRuntime", "Swarms"]),
        .testTarget(name: "TidyTests", swiftSettings: settings),
    ]
)
