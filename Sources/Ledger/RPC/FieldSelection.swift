import SessionProtocol

/// Which fields a `get_service_nodes` reply shows, at the top and in every node (ledger §6.2).
struct FieldSelection: Sendable, Hashable {
    private var wanted: Set<String> = []
    private var unwanted: Set<String> = []
    private var wantsAll = true

    /// Everything.
    init() {}

    /// - Parameter json: an array of names, where `all` stands for everything and `-name` takes one out; or an object
    ///   of booleans. Nothing, and an empty one, is everything.
    init(_ json: JSON?) throws(RPCError) {
        switch json {
        case nil, .null: break
        case .array(let values):
            for value in values {
                guard let name = value.asString else { throw .wrongParameter("fields must hold names") }
                add(name)
            }
        case .object(let flags):
            // In order, so that of several wrong flags always the same one is named.
            for (name, flag) in flags.sorted(by: { $0.key < $1.key }) {
                guard let isWanted = flag.asBool else { throw .wrongParameter("fields.\(name) must be true or false") }
                if isWanted { add(name) }
            }
        default: throw .wrongParameter("fields must be an array of names or an object of booleans")
        }
        wantsAll = wanted.isEmpty || wanted.contains("all")
    }

    private mutating func add(_ name: String) {
        if name.hasPrefix("-") { unwanted.insert(String(name.dropFirst())) } else { wanted.insert(name) }
    }

    /// Shows a field even if it was not asked for.
    mutating func force(_ field: String) {
        wanted.insert(field)
        unwanted.remove(field)
    }

    func includes(_ field: String) -> Bool {
        wantsAll ? !unwanted.contains(field) : wanted.contains(field)
    }
}
