// swift-tools-version:6.2
import PackageDescription

// A package of its own, so that nothing a benchmark needs ever reaches the product. It measures the built executable from
// outside, as a user's stop-watch would.
let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    targets: [
        .executableTarget(
            name: "bench",
            swiftSettings: [.enableUpcomingFeature("ExistentialAny"), .treatAllWarnings(as: .error)])
    ]
)
