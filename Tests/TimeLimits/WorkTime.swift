import Glibc

/// The time a test has had for its work: shorter than what has passed by as much as others took of the machine.
struct WorkTime {
    /// How often it looks.
    static let tick = Duration.milliseconds(250)

    private(set) var total = Duration.zero

    /// A tick has passed, by the clock of a task: one that came late counts no more than one in time, since the test had to
    /// wait as well.
    /// - Parameter crowding: how many threads want each core.
    mutating func passTick(crowding: Double = Self.crowding()) { total += Self.tick / max(1, crowding) }

    /// From what the kernel tells of the whole machine, so that processes a test has started count as well as strangers.
    static func crowding() -> Double {
        // Elsewhere, and where the system hides it, a second is a second.
        guard let file = fopen("/proc/loadavg", "r") else { return 1 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, CInt(line.count), file) != nil else { return 1 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return crowding(loadAverages: text, cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    /// - Parameter text: as in `/proc/loadavg`; its fourth field begins with the number of threads that run or would run.
    static func crowding(loadAverages text: String, cores: Int) -> Double {
        let fields = text.split(separator: " ")
        guard fields.count > 3, let running = fields[3].split(separator: "/").first.flatMap({ Int($0) }) else {
            return 1
        }
        // Whoever looks runs too.
        return Double(running - 1) / Double(max(1, cores))
    }
}
