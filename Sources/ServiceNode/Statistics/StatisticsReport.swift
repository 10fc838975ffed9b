import NodeRuntime
import SessionProtocol
import Storage

/// `service.get_stats`: what a node tells its administrators of itself (storage-node §12.6).
///
/// Beyond the reference it says how its tests of others ended: `reachability_tests` and `storage_tests` over all nodes,
/// and `reachability_failed` of each.
struct StatisticsReport: Sendable {
    let node: NodeState

    var json: JSON {
        get async {
            var fields = requests
            fields["version"] = .string(node.configuration.version.description)
            fields["height"] = .uint(node.membership.current?.height ?? 0)
            // What other daemons were found to have reached at the start: this node asks none.
            fields["target_height"] = 0
            fields["peers"] = peers
            fields["subscriptions"] = .int(node.subscriptions.count)
            fields.merge(tests) { own, _ in own }
            fields.merge(await store) { own, _ in own }
            return .object(fields)
        }
    }

    private var requests: [String: JSON] {
        let counts = node.statistics.requests
        let now = node.environment.clock.uptime
        var fields: [String: JSON] = ["recent_timespan": .integer(counts.recentTime(at: now).components.seconds)]
        for request in CountedRequest.allCases {
            fields["total_\(request.rawValue)_requests"] = .uint(counts.total(request))
            fields["recent_\(request.rawValue)_requests"] = .uint(counts.recent(request, at: now))
        }
        return fields
    }

    private var tests: [String: JSON] {
        let tests = node.statistics.tests
        var storage: [String: JSON] = [:]
        for result in StorageTestResult.allCases { storage[result.rawValue] = .int(tests.storage[result, default: 0]) }
        return [
            "reachability_tests": ["passed": .int(tests.passed), "failed": .int(tests.failed)],
            "storage_tests": .object(storage),
        ]
    }

    /// Absent are the figures of a store that cannot be read: `database_error` says why.
    private var store: [String: JSON] {
        get async {
            let statistics: StoreStatistics
            do {
                statistics = try await node.environment.store.statistics()
            } catch {
                return ["database_error": .string("\(error)")]
            }
            // Counted are, as in the reference, only accounts with two messages or more (storage-node §17).
            var fields: [String: JSON] = [
                "accounts": .int(statistics.messagesPerAccount?.accounts ?? 0),
                "total_stored": .int(statistics.messages),
                "db_used": .int(statistics.usedBytes), "db_total": .int(statistics.totalBytes),
                "db_max": .int(statistics.maximumBytes),
            ]
            fields["namespace_messages"] = .object(
                Dictionary(
                    uniqueKeysWithValues: statistics.perNamespace.map { ($0.namespace.description, .int($0.messages)) })
            )
            if let spread = statistics.messagesPerAccount, spread.accounts >= Self.fewestAccounts {
                for (name, count) in Self.figures(of: spread) { fields["account_msg_count_\(name)"] = .int(count) }
                fields["account_msg_mean"] = .number(spread.mean)
            }
            return fields
        }
    }

    /// How a mailbox's size is spread says nothing with fewer accounts than these.
    private static let fewestAccounts = 5

    private static func figures(of spread: StoreStatistics.Distribution) -> [(String, Int)] {
        [
            ("min", spread.minimum), ("5th", spread.fifthPercentile), ("25th", spread.lowerQuartile),
            ("median", spread.median), ("75th", spread.upperQuartile), ("95th", spread.ninetyFifthPercentile),
            ("max", spread.maximum),
        ]
    }

    private var peers: JSON {
        .object(
            Dictionary(
                uniqueKeysWithValues: node.statistics.peers.all.map { peer, counts in
                    (
                        peer.hex,
                        [
                            "requests_failed": .uint(counts.requestsFailed),
                            "pushes_failed": .uint(counts.pushesFailed),
                            "reachability_failed": .uint(counts.reachabilityFailed),
                            "storage_tests": .array(
                                counts.storageTests.map {
                                    ["result": .string($0.result.rawValue), "timestamp": .integer($0.time)]
                                }),
                        ]
                    )
                }))
    }
}
