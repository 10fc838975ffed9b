import SessionProtocol

extension Topology {
    /// The topology with every field, as YAML that reads back equal.
    public var yaml: String {
        var lines = ["name: \(quoted(name))"]
        if let seed { lines.append("seed: \(seed)") }
        lines += ["mode: \(mode.rawValue)", "crypto: \(crypto.rawValue)"]
        switch nodes {
        case .count(let count): lines += ["nodes:", "  count: \(count)"]
        case .named(let names):
            lines.append("nodes:")
            for name in names {
                lines.append("  - name: \(quoted(name))")
                lines += externals[name]?.yamlLines(quoted) ?? []
            }
        }
        lines += ["ledger:"] + ledger.yamlLines
        if let listenIP { lines.append("listenIP: \(listenIP)") }
        lines += ["clients:", "  count: \(clients.count)", "  cipher: \(clients.cipher.rawValue)"]
        lines += ["verification:", "  messages: \(verification.messages)"]
        if let kill = verification.kill { lines.append("  kill: \(quoted(kill))") }
        lines += ["  timeout: \(verification.timeoutSeconds)"]
        if let load {
            lines += [
                "load:", "  name: \(load.name.rawValue)", "  minutes: \(load.minutes)",
                "  inventory: \(load.takesInventory)",
            ]
        }
        lines += [
            "network:", "  profile: \(network.profile.rawValue)", "  mischief: \(network.mischief.rawValue)",
        ]
        if let tls {
            lines += ["tls:", "  certificate: \(quoted(tls.certificate))", "  key: \(quoted(tls.key))"]
        }
        lines += ["storage:"] + storage.yamlLines
        return lines.joined(separator: "\n") + "\n"
    }

    /// Names like `123` or `null` would read as something else without quotes, and paths may hold anything.
    private func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"", "\\": quoted += "\\\(character)"
            case "\u{20}"..."\u{7e}": quoted.unicodeScalars.append(character)
            default:
                let digits = String(character.value, radix: 16)
                quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return quoted + "\""
    }
}
