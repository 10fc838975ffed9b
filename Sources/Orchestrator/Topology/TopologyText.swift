import Foundation
import SessionProtocol

/// The text of a topology, from whatever kind of file it stands in. It is read once: of a pipe nothing is left afterwards.
enum TopologyText {
    /// Ten thousand nodes, each with a program of its own, need a tenth of it. What never ends must not fill the memory.
    private static let largest = 16 << 20

    /// - Parameter path: `-` is standard input.
    static func read(_ path: String) throws(TopologyError.Reason) -> String {
        if let open = descriptor(named: path) { return try text(of: try contents(open)) }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            let advice = similarFile(to: path).map { "did you mean \($0)?" } ?? "check the path"
            throw .unreadable(problem: "there is no such file; \(advice)")
        }
        guard !isDirectory.boolValue else { throw .unreadable(problem: "is a directory; name a file in it") }
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(problem: "cannot be read; check its permissions") }
        defer { close(file) }
        return try text(of: try contents(file))
    }

    /// What is open already is read as it is: a pipe with a name that is opened once more waits for another writer, and a
    /// socket cannot be opened at all.
    private static func descriptor(named path: String) -> Int32? {
        if ["-", "/dev/stdin"].contains(path) { return STDIN_FILENO }
        for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
            return Int32(path.dropFirst(folder.count))
        }
        return nil
    }

    private static func contents(_ file: Int32) throws(TopologyError.Reason) -> Bytes {
        var contents = Bytes()
        var buffer = Bytes(repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw .unreadable(problem: "cannot be read: \(String(cString: strerror(errno)))")
            }
            guard count > 0 else { return contents }
            contents += buffer.prefix(count)
            guard contents.count <= largest else {
                throw .unreadable(problem: "has more than \(largest >> 20) MiB; name a topology file")
            }
        }
    }

    private static func text(of contents: Bytes) throws(TopologyError.Reason) -> String {
        guard let text = String(validating: contents, as: UTF8.self) else {
            throw .unreadable(problem: "is not UTF-8 text; save it as such")
        }
        return text
    }

    /// The topology file beside a missing one whose name is most like it.
    private static func similarFile(to path: String) -> String? {
        let directory = URL(filePath: path).deletingLastPathComponent()
        // A directory that cannot be listed has no suggestion to offer.
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        let topologies = files.filter { $0.hasSuffix(".yaml") }.sorted()
        guard let file = Spelling.nearest(to: URL(filePath: path).lastPathComponent, among: topologies) else {
            return nil
        }
        let prefix = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        return prefix + file
    }
}
