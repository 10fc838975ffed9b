import Glibc

/// What processes have used of the processors so far, as the scheduler counts it: in nanoseconds, where the figures of
/// `/proc/PID/stat` come in hundredths of a second.
enum ProcessorTime {
    /// - Returns: milliseconds of all threads there are and have been.
    static func milliseconds(of pids: [Int]) throws -> Double {
        try pids.reduce(0) { try $0 + milliseconds(of: $1) }
    }

    private static func milliseconds(of pid: Int) throws -> Double {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(pid_t(pid), &clock) == 0, clock_gettime(clock, &time) == 0 else {
            throw BenchError("the system has no times of process \(pid)")
        }
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
    }
}
