import Glibc
import Synchronization

/// The `Date` header's text, made once a second.
final class HTTPDate: Sendable {
    private let last = Mutex((second: 0, text: ""))

    /// Such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    func text() -> String {
        let now = time(nil)
        return last.withLock { last in
            if last.second != now { last = (now, Self.text(at: now)) }
            return last.text
        }
    }

    static func text(at second: Int) -> String {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        // Not strftime: its names follow the locale.
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
        let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        return "\(days[Int(parts.tm_wday)]), \(date) \(clock) GMT"
    }
}
