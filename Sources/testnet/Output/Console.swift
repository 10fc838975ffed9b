import Foundation
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

    static func write(_ text: String) {
        output.withLock { _ in
            FileHandle.standardOutput.write(Data(text.utf8))
        }
    }

    static func error(_ text: String) { FileHandle.standardError.write(Data("testnet: \(text)\n".utf8)) }
}
