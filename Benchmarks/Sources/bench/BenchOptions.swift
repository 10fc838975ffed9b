import SessionProtocol

/// What is to be measured, and how, from the command line.
struct BenchOptions {
    var runs = 5
    var executable = ".build/release/testnet"
    /// Another build, measured in turns with it.
    var other: String?
    /// One part in place of all.
    var only: String?
    var includesLarge = false
    /// Of each kind of ``RequestBenchmark``, for each number of connections.
    var requests = 2000
    var cipher = OnionCipher.xchacha20
    var kinds = RequestKind.allCases

    /// - Parameter parts: what `only` may name.
    /// - Throws: ``BenchError`` for what it cannot read.
    init(_ arguments: [String], parts: [String]) throws {
        var arguments = arguments[...]
        while let argument = arguments.popFirst() {
            if argument == "--large" {
                includesLarge = true
                continue
            }
            guard let value = arguments.popFirst() else {
                throw BenchError("'\(argument)' has no value; \(Self.usage)")
            }
            switch argument {
            case "--runs": runs = try Self.number(value, argument)
            case "--testnet": executable = value
            case "--against": other = value
            case "--only": only = try Self.choice(value, argument, of: parts) { $0 }
            case "--requests": requests = try Self.number(value, argument)
            case "--kind": kinds = [try Self.choice(value, argument, of: RequestKind.allCases) { $0.rawValue }]
            case "--cipher": cipher = try Self.choice(value, argument, of: OnionCipher.allCases) { $0.rawValue }
            default: throw BenchError("unknown argument '\(argument)'; \(Self.usage)")
            }
        }
    }

    private static let usage =
        "use --runs N, --testnet PATH, --against PATH, --only PART, --large, --requests N, --kind KIND or --cipher CIPHER"

    private static func number(_ text: String, _ argument: String) throws -> Int {
        guard let number = Int(text), number > 0 else {
            throw BenchError("\(argument) is '\(text)', not a number above 0")
        }
        return number
    }

    private static func choice<Value>(
        _ text: String, _ argument: String, of choices: [Value], named name: (Value) -> String
    ) throws -> Value {
        guard let found = choices.first(where: { name($0) == text }) else {
            throw BenchError("\(argument) is '\(text)', not one of \(choices.map(name).joined(separator: ", "))")
        }
        return found
    }
}
