import SessionProtocol

/// Moments as logs write them.
public enum LogTime {
    /// Bytes of ``text(_:)``.
    static let length = 24
    static let dayMilliseconds: Int64 = 86_400_000

    /// UTC with milliseconds: `2026-12-01T12:30:01.250Z`.
    /// - Parameter milliseconds: since the epoch.
    static func text(_ milliseconds: Int64) -> String {
        let (year, month, day) = date(ofDay: floorDivide(milliseconds, dayMilliseconds))
        return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))T\(timeOfDay(milliseconds))Z"
    }

    /// UTC time of day with milliseconds: `12:30:01.250`.
    public static func timeOfDay(_ milliseconds: Int64) -> String {
        let rest = milliseconds - floorDivide(milliseconds, dayMilliseconds) * dayMilliseconds
        return "\(digits(rest / 3_600_000, 2)):\(digits(rest / 60_000 % 60, 2)):\(digits(rest / 1000 % 60, 2))."
            + digits(rest % 1000, 3)
    }

    /// - Returns: `nil` for anything but what ``text(_:)`` writes.
    static func parse(_ bytes: some Collection<UInt8>) -> Int64? {
        let text = Array(bytes)
        guard text.count == length, text[10] == UInt8(ascii: "T"), text[23] == UInt8(ascii: "Z"),
            let time = LogTime.foreign(text[...]), case .instant(let instant) = time,
            Self.text(instant).utf8.elementsEqual(text)
        else { return nil }
        return instant
    }

    /// When another program says it wrote a line.
    enum Foreign: Equatable {
        /// Milliseconds since the epoch.
        case instant(Int64)
        /// Milliseconds since the epoch if it was written in UTC.
        case localInstant(Int64)
        /// Milliseconds since midnight, of a day that it does not tell.
        case timeOfDay(Int64)
    }

    /// The time with which a line begins, with or without a date, a bracket before it, and a fraction of a second:
    /// `[2026-12-01 12:30:01.250]`, `12:30:01`. `nil` for lines without one.
    static func foreign(_ line: Bytes.SubSequence) -> Foreign? {
        var rest = line.prefix(40)
        if rest.first == UInt8(ascii: "[") { rest = rest.dropFirst() }
        var day: Int64?
        if let (date, behind) = numbers([(4, "-"), (2, "-"), (2, nil)], in: rest) {
            guard (1...12).contains(date[1]), (1...31).contains(date[2]),
                let separator = behind.first, separator == UInt8(ascii: "T") || separator == UInt8(ascii: " ")
            else { return nil }
            day = Self.day(year: date[0], month: date[1], day: date[2])
            rest = behind.dropFirst()
        }
        guard let (clock, behind) = numbers([(2, ":"), (2, ":"), (2, nil)], in: rest), clock[0] < 24, clock[1] < 60,
            clock[2] < 61
        else { return nil }
        var time = ((clock[0] * 60 + clock[1]) * 60 + clock[2]) * 1000
        rest = behind
        if let point = rest.first, point == UInt8(ascii: ".") || point == UInt8(ascii: ",") {
            let fraction = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            for (place, digit) in zip([Int64(100), 10, 1], fraction) { time += Int64(digit - 0x30) * place }
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard let day else { return .timeOfDay(time) }
        let instant = day * dayMilliseconds + time
        return rest.first == UInt8(ascii: "Z") ? .instant(instant) : .localInstant(instant)
    }

    /// Numbers of so many digits, each followed by what stands with it.
    private static func numbers(
        _ parts: [(digits: Int, end: Character?)], in bytes: Bytes.SubSequence
    ) -> ([Int64], Bytes.SubSequence)? {
        var rest = bytes
        var values: [Int64] = []
        for part in parts {
            let digits = rest.prefix(part.digits)
            guard digits.count == part.digits, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            values.append(digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) })
            rest = rest.dropFirst(part.digits)
            if let end = part.end { guard rest.popFirst() == end.asciiValue else { return nil } }
        }
        return (values, rest)
    }

    private static func digits(_ value: Int64, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
        value >= 0 ? value / by : (value - by + 1) / by
    }

    /// Days since the epoch. Years begin in March here, so that the leap day is a year's last, and 400 of them always
    /// have 146,097 days.
    private static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
