import Foundation
import Glibc
import SessionProtocol

/// nginx with one worker that answers every request with the same bytes, over the run's own certificate: the least that an
/// HTTPS answer costs on this machine.
enum PlainAnswerServer {
    static let name = "nginx"

    /// Where `make nginx` puts it, and where Debian does.
    private static let places = [".build/nginx/usr/sbin/nginx", "/usr/sbin/nginx"]

    /// Runs `body` with the server, which answers what a node answers `info` with, and ends it.
    /// - Parameters:
    ///   - subject: the node's swarm.
    ///   - directory: of the swarm's run.
    ///   - body: gets `nil` where there is no nginx.
    static func with(
        answerOf subject: RequestSubject, in directory: URL, _ body: (RequestSubject?) throws -> Void
    ) throws {
        guard let path = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            return try body(nil)
        }
        let own = directory.appendingPathComponent("nginx")
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        let port = try freePort()
        let file = own.appendingPathComponent("nginx.conf")
        try configuration(subject.infoAnswer(), port, own, certificates: directory.appendingPathComponent("tls"))
            .write(to: file, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["-p", own.path, "-c", file.path, "-e", own.appendingPathComponent("error.log").path]
        try process.run()
        defer {
            // A child of a task's thread inherits that nothing but this gets through.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try waitUntilListening(port, process)
        let entry = RequestSubject.Entry(address: "127.0.0.1", port: port, keys: subject.entries[0].keys)
        try body(RequestSubject(name, entry: entry, pid: Int(process.processIdentifier)))
    }

    private static func configuration(_ answer: Bytes, _ port: UInt16, _ own: URL, certificates: URL) -> String {
        """
        daemon off;
        # The one process is the worker.
        master_process off;
        pid \(own.path)/nginx.pid;
        events { worker_connections 1024; }
        http {
            access_log off;
            default_type application/json;
            client_body_temp_path \(own.path)/body;
            proxy_temp_path \(own.path)/proxy;
            fastcgi_temp_path \(own.path)/fastcgi;
            uwsgi_temp_path \(own.path)/uwsgi;
            scgi_temp_path \(own.path)/scgi;
            keepalive_requests 100000000;
            server {
                listen 127.0.0.1:\(port) ssl;
                ssl_certificate \(certificates.path)/cert.pem;
                ssl_certificate_key \(certificates.path)/key.pem;
                location / { return 200 '\(String(decoding: answer, as: UTF8.self))'; }
            }
        }

        """
    }

    private static func freePort() throws -> UInt16 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, size) == 0 ? getsockname(socket, address, &size) : -1
            }
        }
        guard result == 0 else { throw BenchError("no free port for nginx") }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func waitUntilListening(_ port: UInt16, _ process: Process) throws {
        while process.isRunning {
            // Until it listens every attempt fails, which is what is waited for.
            if (try? RequestConnection(address: "127.0.0.1", port: port)) != nil { return }
            usleep(10_000)
        }
        throw BenchError("nginx ended with \(process.terminationStatus) instead of listening")
    }
}
