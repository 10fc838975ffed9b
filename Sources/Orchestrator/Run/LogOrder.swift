import Foundation
import NodeRuntime
import SessionProtocol

/// One order for the lines of several logs. Lines of one log stay in the order of their file, whatever stands in them: of a
/// traceback only the first line has a time. Between logs time decides, and a line without one goes with the line before it.
enum LogOrder {
    /// Some last lines of one log.
    struct Log {
        var entries: [LogReader.Entry]
        /// When the last of them was written, in milliseconds since the epoch.
        var written: Int64
    }

    /// - Parameter utcOffset: of other programs' times that do not tell theirs, in milliseconds.
    static func merged(
        _ logs: [Log], utcOffset: Int64 = Int64(TimeZone.current.secondsFromGMT()) * 1000
    ) -> [LogReader.Entry] {
        var keyed: [(time: Int64, log: Int, entry: LogReader.Entry)] = []
        for (number, log) in logs.enumerated() {
            var latest = Int64.min
            for (entry, time) in zip(log.entries, times(of: log, utcOffset)) {
                latest = max(latest, time)
                keyed.append((latest, number, entry))
            }
        }
        return keyed.enumerated().sorted { left, right in
            (left.element.time, left.element.log, left.offset) < (right.element.time, right.element.log, right.offset)
        }.map(\.element.entry)
    }

    /// A clock that is read a moment before a line is written.
    private static let slack: Int64 = 60_000

    /// When each line was written, in milliseconds since the epoch.
    static func times(of log: Log, _ utcOffset: Int64) -> [Int64] {
        // From the end, because that is the moment that is known: days are told from there backwards.
        var later: Int64?
        let told = log.entries.reversed().map { entry -> Int64? in
            let time = time(of: entry, before: later, log.written, utcOffset)
            later = time ?? later
            return time
        }
        var last = told.last { $0 != nil }.flatMap(\.self) ?? log.written
        return told.reversed().map { time in
            last = time ?? last
            return last
        }
    }

    /// When a line says it was written; `nil` when it does not, or cannot be right.
    private static func time(
        of entry: LogReader.Entry, before later: Int64?, _ written: Int64, _ utcOffset: Int64
    ) -> Int64? {
        if let event = entry.event { return event.time }
        switch LogTime.foreign(Bytes(entry.text.utf8.prefix(40))[...]) {
        case nil: return nil
        case .instant(let time): return time <= written + slack ? time : nil
        case .localInstant(let time): return time - utcOffset <= written + slack ? time - utcOffset : nil
        case .timeOfDay(let time):
            let day = LogTime.dayMilliseconds
            // Of all days, the one that brings it closest to the next line; the last line cannot come from the future.
            guard let later else { return nearest(time - utcOffset, to: written + slack - day / 2, day) }
            return nearest(time - utcOffset, to: later, day)
        }
    }

    /// What differs from `time` by whole days and from `moment` by half a day at most.
    private static func nearest(_ time: Int64, to moment: Int64, _ day: Int64) -> Int64 {
        var distance = (time - moment) % day
        if distance > day / 2 { distance -= day }
        if distance < -day / 2 { distance += day }
        return moment + distance
    }
}
