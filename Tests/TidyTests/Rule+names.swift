extension Rule {
    /// Names that say nothing and so collect everything.
    private static let drawerWords: Set<String> = [
        "util", "utils", "utilities", "utility", "helper", "helpers", "common", "shared", "manager", "misc",
    ]

    static let drawers = Rule("no file or folder is a drawer for odds and ends") { file in
        let words = file.components.flatMap { component in
            component.matches(of: /[A-Z]?[a-z]+|[A-Z]+(?![a-z])/).map { $0.output.lowercased() }
        }
        return words.contains(where: drawerWords.contains) ? [Offence(file, "is named for no behaviour")] : []
    }

    static let testNames = Rule("every test's name is a sentence") { file in
        guard file.isTest, file.isSwift else { return [] }
        return file.code.indices.compactMap { line in
            guard file.code[line].mentions(["@Test"]), let test = file.code[line].firstRange(of: "@Test") else {
                return nil
            }
            let column = file.code[line].utf8.distance(from: file.code[line].startIndex, to: test.upperBound)
            let rest = file.lines[line].utf8.dropFirst(column)
            let following = file.lines[(line + 1)...].prefix(2).joined(separator: "\n")
            let text = String(decoding: rest, as: UTF8.self) + "\n" + following
            let name = text.prefixMatch(of: /\s*\(\s*#*"([^"\n]*)"/)?.output.1
            guard let name, name.contains(" ") else { return Offence(file, line: line + 1, file.lines[line]) }
            return nil
        }
    }

    static let machinePaths = Rule("nothing names a place on somebody's machine") { file in
        let places = ["work", "home", "root", "Users"].map { "/\($0)/" } + ["/tmp/" + "side"]
        return file.lines.indices.filter { line in file.lines[line].mentions(places) }.map {
            Offence(file, line: $0 + 1, file.lines[$0])
        }
    }
}
