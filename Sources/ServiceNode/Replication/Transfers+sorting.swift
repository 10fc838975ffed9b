import NodeRuntime
import SessionProtocol
import Storage
import Swarms

/// Finding what other swarms answer for. The reference keeps it until it expires.
extension Transfers {
    /// One search for records that map elsewhere, and what it found them to be mapped by.
    struct Sorting: Sendable {
        var layout: SwarmLayout
        var revision: Int
    }

    /// Hands over until nothing is left that maps elsewhere, or nobody is there to take it.
    func sortAll() async throws {
        while let revision = withPending({ $0.sorting }), let layout = membership.current?.layout {
            let sorting = Sorting(layout: layout, revision: revision)
            let isWanted = { self.isCurrent(sorting) }
            let found = try await persist(.sorting, while: isWanted) { () throws(StorageError) in
                try await destinations(sorting)
            }
            guard let found else {
                if isCurrent(sorting) { return }
                continue
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for swarm in found { group.addTask { try await self.handOver(to: swarm, sorting) } }
                try await group.waitForAll()
            }
            sorted(sorting)
        }
    }

    /// Whether a search is still of the newest layout, and nothing came in that it may have passed over.
    func isCurrent(_ sorting: Sorting) -> Bool {
        withPending { $0.sorting == sorting.revision } && membership.current?.layout == sorting.layout
    }

    /// Other swarms that records here map to, ascending.
    private func destinations(_ sorting: Sorting) async throws(StorageError) -> [SwarmID] {
        var found: Set<SwarmID> = []
        var last: MessageHash?
        while true {
            let page = try await environment.store.entries(after: last, limit: Limits.hashesPerPage)
            for entry in page { sorting.layout.ring.swarm(for: entry.account).map { _ = found.insert($0) } }
            guard let end = page.last, page.count == Limits.hashesPerPage else { break }
            last = end.hash
        }
        var change: StoredChange?
        while true {
            let page = try await environment.store.changes(since: 0, after: change, limit: Limits.changesPerPage)
            for change in page { change.account.flatMap(sorting.layout.ring.swarm).map { _ = found.insert($0) } }
            guard page.count == Limits.changesPerPage else { break }
            change = page.last
        }
        if let own = sorting.layout.own { found.remove(own) }
        return found.sorted()
    }
}
