import CHost

/// What listeners and connections cost a process, so that a network that will not fit can be refused before it
/// starts.
///
/// Measured with libzmq 4.3.4 on Linux; a test measures again.
public enum SocketBudget {
    /// Event loops, I/O threads, wake-up descriptors and the like, once a process of the usual two cores.
    public static let descriptorsPerProcess = 40
    /// The listening socket, the queue's wake-up descriptor, and those of both ends of what tells of its connections.
    public static let descriptorsPerOMQListener = 4
    /// The listening socket.
    public static let descriptorsPerHTTPListener = 1
    /// At the end that connects: wake-up descriptor and TCP socket.
    public static let descriptorsPerOMQLink = 2
    /// Above that, while the connection is being made.
    public static let descriptorsPerOMQLinkBeingMade = 2
    /// At the end that accepts.
    public static let descriptorsPerAcceptedConnection = 1

    /// The one that decides who may connect.
    public static let zmqSocketsPerProcess = 1
    /// One `ROUTER`, and both ends of what tells of its connections.
    public static let zmqSocketsPerOMQListener = 3
    /// One `DEALER`.
    public static let zmqSocketsPerOMQLink = 1
    /// Above that, while the connection is being made.
    public static let zmqSocketsPerOMQLinkBeingMade = 2
    /// As many ZeroMQ sockets as a process with many nodes can have.
    public static let zmqSocketLimit = 65_000
    /// As many as a process with one node can have: it has links to that many nodes less a few.
    static let zmqSocketLimitOfOneNode = 4_096

    /// Raises this process's soft limit of open descriptors to the hard one.
    /// - Returns: the limit in force afterwards; `nil` when the system does not tell.
    @discardableResult
    public static func raiseDescriptorLimit() -> Int? {
        let limit = chost_raise_descriptor_limit()
        return limit < 0 ? nil : Int(limit)
    }
}
