import Orchestrator
import Sockets

/// The storage server in Python, `Double/storage_double.py`, as a topology names it.
public enum StorageDouble {
    /// The folder of its source.
    public static var folder: String { Python.file("Tests/PythonPrograms/Double") }

    /// What a topology says of a node that is one.
    /// - Parameter folder: where the certificate is made that its clients see.
    /// - Throws: ``Python/Missing``, `TLSIdentityError`
    public static func server(in folder: String) throws -> Topology.ExternalServer {
        let tls = try TLSIdentity.selfSigned(in: folder)
        let arguments = [
            "-B", "\(Self.folder)/storage_double.py", "--data-dir", "{directory}", "--oxend-rpc", "{ledger}",
            "--https-port", "{httpsPort}", "--omq-port", "{omqPort}", "--bind-ip={address}", "--certificate",
            tls.certificateFile, "--key", tls.keyFile,
        ]
        return Topology.ExternalServer(
            executable: try Python.path(),
            arguments: try arguments.map { argument throws(TopologyError.Reason) in try ArgumentTemplate(argument) })
    }
}
