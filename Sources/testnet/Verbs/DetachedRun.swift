import ArgumentParser
import Foundation
import Orchestrator

/// The same command started again in the background. What it prints is relayed until its network is ready or it has failed.
///
/// The background process writes to a pipe; when its network is ready it sends one end-of-transmission byte and moves its
/// output to `up.log`. A pipe that closes without that byte is a run that failed.
struct DetachedRun {
    let settings: NetworkSettings
    let arguments: [String]

    private static let endOfTransmission: UInt8 = 4

    func start() throws {
        let child = Process()
        let pipe = Pipe()
        child.executableURL = URL(fileURLWithPath: settings.executable)
        child.arguments = arguments + ["--in-background"]
        child.standardInput = FileHandle.nullDevice
        child.standardOutput = pipe
        try child.run()
        // Ctrl-C while the network starts is meant for the network.
        let signals = TerminationSignals([SIGINT, SIGTERM])
        let forwarding = Task { [processID = child.processIdentifier] in
            if let number = await signals.first() { kill(processID, number) }
        }
        defer { forwarding.cancel() }
        while true {
            let data = pipe.fileHandleForReading.availableData
            guard !data.isEmpty else { break }
            let isReady = data.last == Self.endOfTransmission
            Console.write(isReady ? data.dropLast() : data)
            if isReady { return }
        }
        child.waitUntilExit()
        throw ExitCode(child.terminationReason == .exit ? child.terminationStatus : Failure.failed)
    }

    /// Called in the background process before anything else: it outlives the terminal it was started from. It has a
    /// process group of its own already, so the terminal's Ctrl-C does not reach it.
    static func outliveTerminal() {
        signal(SIGHUP, SIG_IGN)
    }

    /// Called in the background process once its network is ready. Where there is no log to write to, as on a full disk,
    /// what would be in it is lost, and the network goes on.
    static func becameReady(_ directory: RunDirectory) {
        Console.write(Data([endOfTransmission]))
        Console.afterwards {
            var log = open(directory.output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
            if log < 0 { log = open("/dev/null", O_WRONLY | O_CLOEXEC) }
            guard log >= 0 else { return }
            dup2(log, STDOUT_FILENO)
            dup2(log, STDERR_FILENO)
            close(log)
        }
    }
}
