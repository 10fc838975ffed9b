import Foundation
import PackagePlugin

/// Tells the target what the package was built from: whenever a source has changed, a script writes the hash of all
/// sources as a Swift file.
///
/// Not a prebuild command: SwiftPM 6.3 runs those only when files come or go, so that an edit would keep the old hash.
@main
struct SourceHash: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        // Where the sources really are, should the package lead to them by a link.
        let sources = target.directoryURL.resolvingSymlinksInPath().deletingLastPathComponent()
        let root = sources.deletingLastPathComponent()
        let script = root.appending(path: "Makefile.d/source-hash.sh")
        let output = context.pluginWorkDirectoryURL.appending(path: "SourceHash.swift")
        return [
            .buildCommand(
                displayName: "Hash the sources",
                executable: URL(filePath: "/bin/sh"),
                arguments: [script.path, root.path, output.path],
                inputFiles: try everything(below: sources) + [root.appending(path: "Package.swift"), script],
                outputFiles: [output])
        ]
    }

    /// Folders too: theirs is the change when a file comes or goes.
    private func everything(below folder: URL) throws -> [URL] {
        // Sorted, so that the build's plan is the same when nothing changed.
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        return [folder] + paths.map { folder.appending(path: $0) }
    }
}
