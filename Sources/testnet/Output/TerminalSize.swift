import Foundation

/// What a terminal has room for.
struct TerminalSize: Equatable {
    var columns: Int
    var rows: Int

    /// Of the terminal that is written to, as it is now; `nil` where there is none, or it does not tell.
    static var current: TerminalSize? {
        var size = winsize()
        guard Console.isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return nil }
        return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}

extension Console {
    /// Columns for tables: a file's and a pipe's readers get those of the usual terminal.
    static var tableWidth: Int { width ?? 80 }
}
