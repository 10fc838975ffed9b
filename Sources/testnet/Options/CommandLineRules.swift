import ArgumentParser
import Foundation
import Orchestrator

/// What the command line's parser lets pass without a word: a verb that is no verb is an unexpected argument to it, and of an
/// option that is given twice it keeps the last.
enum CommandLineRules {
    /// What is wrong with a command line, and the cure; `nil` when the parser may have it.
    static func complaint(about arguments: [String]) -> String? {
        unknownVerb(arguments, of: TestnetCommand.self, path: []) ?? repeatedOption(arguments)
    }

    private static func unknownVerb(
        _ arguments: [String], of command: any ParsableCommand.Type, path: [String]
    ) -> String? {
        let verbs = command.configuration.subcommands
        guard !verbs.isEmpty, let word = arguments.first, !word.hasPrefix("-"), word != "help" else { return nil }
        if let verb = verbs.first(where: { verb in name(of: verb) == word }) {
            return unknownVerb(Array(arguments.dropFirst()), of: verb, path: path + [word])
        }
        let known = verbs.filter { $0.configuration.shouldDisplay }.map { name(of: $0) }
        let place = path.isEmpty ? "testnet" : "testnet \(path.joined(separator: " "))"
        return "'\(place)' has no verb '\(word)'; "
            + (Spelling.nearest(to: word, among: known).map { "did you mean '\($0)'?" }
                ?? "its verbs are \(known.joined(separator: ", "))")
    }

    private static func name(of command: any ParsableCommand.Type) -> String {
        // As the parser derives it: one word, or several with dashes between.
        if let name = command.configuration.commandName { return name }
        return String(describing: command).reduce(into: "") { name, letter in
            if letter.isUppercase, !name.isEmpty { name += "-" }
            name += letter.lowercased()
        }
    }

    /// Options whose values are collected.
    private static let collected: Set = ["--reserve", "--shares"]

    private static func repeatedOption(_ arguments: [String]) -> String? {
        var values: [String: [String]] = [:]
        var order: [String] = []
        let given = arguments.prefix { $0 != "--" }
        for (index, word) in given.enumerated() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard isOption(parts[0]), !collected.contains(parts[0]) else { continue }
            let value = parts.count == 2 ? parts[1] : index + 1 < given.count ? given[index + 1] : ""
            if values.updateValue((values[parts[0]] ?? []) + [value], forKey: parts[0]) == nil {
                order.append(parts[0])
            }
        }
        guard let option = order.first(where: { values[$0]?.count ?? 0 > 1 }), let all = values[option] else {
            return nil
        }
        let told = all.filter { !$0.isEmpty && !$0.hasPrefix("-") }
        return "\(option) is given \(all.count) times" + (told.isEmpty ? "" : " (\(told.joined(separator: ", ")))")
            + "; give it once"
    }

    private static func isOption(_ word: String) -> Bool {
        let name = word.drop { $0 == "-" }
        guard let first = name.first, first.isLetter else { return false }
        return word.hasPrefix("--") || word.hasPrefix("-") && name.count == 1
    }
}
