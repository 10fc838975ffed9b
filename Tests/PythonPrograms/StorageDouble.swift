import Orchestrator
import Sockets

/// The storage server in Python, `Double/storage_double.py`, as a topology names it.
public enum StorageDouble {
    /// The folder of its source.
    public static var folder: String { Python.file("Tests/PythonPrograms/Double") }

    /// What a topology says of a node that is one.
    /// - Parameters:
    ///   - folder: where the certificate is made that its clients see.
    ///   - options: more of what `storage_double.py --help` lists, such as `--version`.
    /// - Throws: ``Python/Missing``, `TLSIdentityError`
    public static func server(in folder: String, _ options: [String] = []) throws -> Topology.ExternalServer {
        let tls = try TLSIdentity.selfSigned(in: folder)
        let arguments =
            [
                "-B", "\(Self.folder)/storage_double.py", "--data-dir", "{directory}", "--oxend-rpc", "{ledger}",
                "--https-port", "{httpsPort}", "--omq-port", "{omqPort}", "--bind-ip={address}", "--certificate",
                tls.certificateFile, "--key", tls.keyFile,
            ] + options
        return Topology.ExternalServer(
            executable: try Python.path(),
            arguments: try arguments.map { argument throws(TopologyError.Reason) in try ArgumentTemplate(argument) })
    }
}
