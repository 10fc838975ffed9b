import SessionProtocol

extension Event {
    /// What a participant must keep cannot be written from now on.
    ///
    /// - Parameters:
    ///   - disk: whether the disk is to blame, or the rights to it.
    ///   - source: who reports it.
    public static func writingFailed(_ reason: String, disk: Bool, of source: String) -> Event {
        Event(.writingFailed, from: source, ["reason": .string(reason), "disk": .bool(disk)])
    }
}
