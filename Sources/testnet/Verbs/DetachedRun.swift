import ArgumentParser
import Foundation
import Orchestrator
import SessionProtocol

/// A network kept up by a process in the background. What that prints is relayed until its network is ready or has failed.
///
/// It gets the whole topology, flags and all, as text on its standard input: whatever the topology was read from is read once.
/// It writes to a pipe; when its network is ready it sends one end-of-transmission byte and moves its output to `up.log`. A
/// pipe that closes without that byte is a run that failed.
struct DetachedRun {
    let settings: NetworkSettings
    let wait: Up.Goal
    let json: Bool

    private static let endOfTransmission: UInt8 = 4

    func start() throws {
        let child = Process()
        let (topology, pipe) = (Pipe(), Pipe())
        child.executableURL = URL(fileURLWithPath: Self.program)
        child.arguments =
            ["up", "--in-background", "--name", settings.directory.name, "--logs", settings.directory.parent]
            + ["--wait", wait.rawValue] + (json ? ["--json"] : []) + ["-"]
        child.standardInput = topology
        child.standardOutput = pipe
        try child.run()
        let failure = WholeWrite.write(
            Bytes(settings.topology.yaml.utf8), to: topology.fileHandleForWriting.fileDescriptor)
        // A child that no longer reads has failed, and says why itself.
        guard failure == 0 || failure == EPIPE else {
            throw RunError.cannotWrite(
                path: "the pipe to the network's process", reason: String(cString: strerror(failure)))
        }
        try topology.fileHandleForWriting.close()
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
        throw ExitCode(child.terminationReason == .exit ? child.terminationStatus : Failure.unforeseen)
    }

    /// The file of this program, so that lists of processes show its name; once that is another program, the one that runs.
    private static var program: String {
        let this = NetworkSettings.thisProgram
        // Without a link the name alone is lost.
        guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: this) else { return this }
        var (running, found) = (stat(), stat())
        guard stat(this, &running) == 0, stat(path, &found) == 0 else { return this }
        return running.st_dev == found.st_dev && running.st_ino == found.st_ino ? path : this
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
            var log = open(directory.output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, OwnerOnly.fileMode)
            if log < 0 { log = open("/dev/null", O_WRONLY | O_CLOEXEC) }
            guard log >= 0 else { return }
            dup2(log, STDOUT_FILENO)
            dup2(log, STDERR_FILENO)
            close(log)
        }
    }
}
