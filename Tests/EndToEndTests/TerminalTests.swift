import Foundation
import Testing

extension ExecutableTests {
    @Suite("On a terminal") struct OnATerminal {
        /// The two ends of a pseudo-terminal of some size.
        private struct Terminal {
            let ours: FileHandle
            let theirs: FileHandle

            init(columns: UInt16, rows: UInt16) throws {
                let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
                try #require(master >= 0, "no pseudo-terminal can be had")
                ours = FileHandle(fileDescriptor: master, closeOnDealloc: true)
                var (unlocked, number) = (Int32(0), UInt32(0))
                let (unlock, tell): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
                try #require(ioctl(master, unlock, &unlocked) == 0 && ioctl(master, tell, &number) == 0)
                var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
                try #require(ioctl(master, UInt(TIOCSWINSZ), &size) == 0)
                let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
                try #require(slave >= 0)
                theirs = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
            }
        }

        /// Everything a program writes to a terminal of that size.
        private func output(
            _ arguments: [String], columns: UInt16, rows: UInt16, in folder: String
        ) async throws -> String {
            let terminal = try Terminal(columns: columns, rows: rows)
            let process = Process()
            process.currentDirectoryURL = URL(fileURLWithPath: folder)
            process.executableURL = URL(fileURLWithPath: try Program.path())
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment.merging(["TERM": "xterm"]) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = terminal.theirs
            process.standardError = FileHandle.nullDevice
            try process.run()
            try terminal.theirs.close()
            let descriptor = terminal.ours.fileDescriptor
            let text = await onThread {
                var text: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 4096)
                while true {
                    let count = read(descriptor, &buffer, buffer.count)
                    if count < 0, errno == EINTR { continue }
                    // When the last program has closed the other end, reading fails.
                    guard count > 0 else { return String(decoding: text, as: UTF8.self) }
                    text += buffer.prefix(count)
                }
            }
            try terminal.ours.close()
            return text.replacing("\r\n", with: "\n")
        }

        @Test("Progress moves one line only and stays within the width, and tables and events fit it")
        func fits() async throws {
            try await withRunFolder { folder in
                for (columns, rows) in [(UInt16(40), UInt16(4)), (24, 2)] {
                    let name = "t\(columns)"
                    let text = try await output(
                        ["verify", "--nodes", "5", "--messages", "2", "--seed", "1", "--name", name], columns: columns,
                        rows: rows, in: folder)
                    #expect(text.contains("verdict: holds"), "\(text)")
                    #expect(text.contains("ok  canary delivered"), "\(text)")
                    #expect(text.contains("... "), "\(text)")
                    // Only the line above is ever gone back to.
                    #expect(text.matches(of: /\u{1b}\[(\d+)A/).allSatisfy { $0.output.1 == "1" })
                    for line in text.split(separator: "\n") where line.contains("... ") {
                        let shown = line.replacing(/^(\u{1b}\[1A\r\u{1b}\[2K)/, with: "")
                        #expect(shown.count < Int(columns), "\(shown)")
                    }
                    let logs = try await output(
                        ["logs", "n1", "--name", name], columns: columns, rows: rows, in: folder)
                    // Cut to the width, but for its beginning.
                    #expect(logs.contains("nodeS"))
                    for line in logs.split(separator: "\n") { #expect(line.count <= Int(columns), "\(line)") }
                }
            }
        }
    }
}
