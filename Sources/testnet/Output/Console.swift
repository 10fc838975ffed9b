import Foundation
import Orchestrator
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

    /// Writes one line at once, so that lines of several tasks never mix.
    static func line(_ text: String) { write(text + "\n") }

    static func write(_ text: String) { write(Data(text.utf8)) }

    /// Where nobody reads any more, there is nothing left to do: the process ends as a pipe's writer does. Anything else
    /// that keeps output from being written is said once.
    static func write(_ data: Data) {
        output.withLock { _ in
            let failure = WholeWrite.write([UInt8](data), to: STDOUT_FILENO)
            guard failure != 0 else { return }
            if failure == EPIPE { exit(Failure.readerGone) }
            error("cannot write to the standard output: \(String(cString: strerror(failure)))")
            exit(Failure.cannotWrite)
        }
    }

    /// Something for a reader, where the output itself is for a program. As for complaints, nobody may be there to read it.
    static func remark(_ text: String) { _ = WholeWrite.write([UInt8]("\(text)\n".utf8), to: STDERR_FILENO) }

    /// A complaint that cannot be written has nobody to hear it.
    static func error(_ text: String) { _ = WholeWrite.write([UInt8]("testnet: \(text)\n".utf8), to: STDERR_FILENO) }
}
