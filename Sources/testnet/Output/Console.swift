import Foundation
import Orchestrator
import SessionProtocol
import Synchronization

/// The terminal, or whatever stands in its place.
enum Console {
    /// Whether a person watches: then a line may be rewritten in place.
    static let isTerminal = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    /// Columns of the terminal; `nil` where there is none, or it does not tell.
    static var width: Int? {
        var size = winsize()
        guard isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
    private static let output = Mutex(())
    /// Set once a network depends on this process.
    private static let networkOutput = Mutex<(output: NetworkOutput, patience: DispatchTimeInterval?)?>(nil)

    /// From now on output that cannot be written, or that nobody reads, neither ends nor delays this process, whose exit
    /// code tells of its network alone.
    ///
    /// - Parameter patience: how long ``finish()`` waits for a reader at most; `nil` for as long as it takes.
    static func outliveReaders(patience: DispatchTimeInterval? = nil) {
        networkOutput.withLock { $0 = $0 ?? (output: NetworkOutput(), patience: patience) }
    }

    /// To be called before the process ends: waits until what was printed is written.
    static func finish() {
        guard let (output, patience) = networkOutput.withLock({ $0 }) else { return }
        output.finish(patience: patience)
    }

    /// Writes one line at once, so that lines of several tasks never mix.
    static func line(_ text: String) { write(text + "\n") }

    static func write(_ text: String) { write(Data(text.utf8)) }

    /// A verb that only answers has nothing left to do where nobody reads any more: it ends as a pipe's writer does.
    /// Anything else that keeps output from being written is said once.
    static func write(_ data: Data) {
        if let network = networkOutput.withLock({ $0?.output }) { return network.write(Bytes(data)) }
        output.withLock { _ in
            let failure = WholeWrite.write(Bytes(data), to: STDOUT_FILENO)
            guard failure != 0 else { return }
            if failure == EPIPE { exit(Failure.readerGone) }
            error("cannot write to the standard output: \(String(cString: strerror(failure)))")
            exit(Failure.cannotWrite)
        }
    }

    /// Does something once all that was printed before is written, or cannot be.
    static func afterwards(_ body: @escaping @Sendable () -> Void) {
        guard let network = networkOutput.withLock({ $0?.output }) else { return body() }
        network.inOrder(body)
    }

    /// Something for a reader, where the output itself is for a program. As for complaints, nobody may be there to read it.
    static func remark(_ text: String) { _ = WholeWrite.write([UInt8]("\(text)\n".utf8), to: STDERR_FILENO) }

    /// A complaint that cannot be written has nobody to hear it.
    static func error(_ text: String) { _ = WholeWrite.write([UInt8]("testnet: \(text)\n".utf8), to: STDERR_FILENO) }
}
