import Foundation
import NodeRuntime
import SessionClient
import SessionProtocol
import Synchronization

/// Whose keys they are that a run's logs speak of: nodes by any of their keys, scripted clients by their accounts.
///
/// Nodes tell their keys themselves when they start, so their logs say it. Nothing is read before a key has to be named.
public final class KeyNames: Sendable {
    private let directory: RunDirectory
    private struct State {
        /// By key or account in hex; `nil` until one is asked for.
        var names: [String: String]?
        /// What is known of texts that were searched for.
        var made: [String: Bool] = [:]

        mutating func read(_ directory: RunDirectory) -> [String: String] {
            let names = names ?? KeyNames.read(directory)
            self.names = names
            return names
        }
    }
    private let state = Mutex(State())

    public init(_ directory: RunDirectory) { self.directory = directory }

    /// Forgets what was read: nodes have come, or the run was started again with other keys.
    func forget() { state.withLock { $0 = State() } }

    /// A text with names in place of the keys that are known.
    ///
    /// - Parameter abbreviated: whether unknown keys are cut to their beginning.
    public func naming(_ text: String, abbreviated: Bool) -> String {
        let bytes = Bytes(text.utf8)
        var result = Bytes()
        var place = 0
        while place < bytes.count {
            let run = bytes[place...].prefix(while: Self.isHexDigit)
            if run.count >= Self.keyDigits {
                let key = String(decoding: run, as: UTF8.self)
                if let name = name(of: key) {
                    result += name.utf8
                } else if abbreviated {
                    result += (key.prefix(Self.abbreviation) + "…").utf8
                } else {
                    result += run
                }
            } else {
                result += run
            }
            place += run.count
            let rest = bytes[place...].prefix { !Self.isHexDigit($0) }
            result += rest
            place += rest.count
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Whether a text may come about by naming keys: it has a name in it, or shares its edge with one.
    func canMake(_ text: String) -> Bool {
        state.withLock { state in
            if let known = state.made[text] { return known }
            let isMade = Set(state.read(directory).values).contains { name in
                text.contains(name) || name.contains(text)
                    || (1..<max(1, min(text.count, name.count))).contains { length in
                        text.suffix(length) == name.prefix(length) || text.prefix(length) == name.suffix(length)
                    }
            }
            state.made[text] = isMade
            return isMade
        }
    }

    /// Hex digits of a public key; an account has two more.
    static let keyDigits = 64
    private static let abbreviation = 8

    /// Whether a text has something that may be a key.
    static func isWorthNaming(_ bytes: Bytes) -> Bool {
        var length = 0
        for byte in bytes {
            length = isHexDigit(byte) ? length + 1 : 0
            if length == keyDigits { return true }
        }
        return false
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    }

    private func name(of key: String) -> String? {
        guard [Self.keyDigits, Self.keyDigits + 2].contains(key.count) else { return nil }
        return state.withLock { $0.read(directory)[key.lowercased()] }
    }

    private static func read(_ directory: RunDirectory) -> [String: String] {
        var names: [String: String] = [:]
        // A run without nodes has no names to give.
        for node in (try? directory.nodeNames()) ?? [] {
            guard let started = start(of: node, directory) else { continue }
            for field in ["pubkeyLegacy", "pubkeyEd25519", "pubkeyX25519"] {
                if let key = started.fields[field]?.asString { names[key] = node }
            }
        }
        // A topology that cannot be read names no clients; their accounts are then shown as they are.
        guard let topology = try? Topology(contentsOf: directory.topology), let seed = topology.seed else {
            return names
        }
        for index in 0..<min(topology.clients.count, mostClients) {
            // A seed that gives no identity gives no account to be named.
            guard let account = try? ScriptedClients.identity(index, seed: seed).account else { continue }
            names[account.hex] = ScriptedClients.name(index)
        }
        return names
    }

    /// Each costs a key pair.
    private static let mostClients = 1000
    /// Another program's output may come before the fact that it has started.
    private static let longestBeginning: UInt64 = 1 << 20

    /// The fact of a node's first start in its log.
    private static func start(of node: String, _ directory: RunDirectory) -> Event? {
        guard let file = LogFile(directory.node(node).log) else { return nil }
        let beginning = file.bytes(LogFile.Span(start: 0, length: min(file.size, longestBeginning)))
        for line in beginning.split(separator: UInt8(ascii: "\n")) {
            let events = LogReader.pieces(of: line).compactMap { NodeLogLine.event(in: $0, of: node)?.event }
            if let started = events.first(where: { $0.kind == .nodeStarted }) { return started }
        }
        return nil
    }
}
