import CHost
import Dispatch
import Foundation
import Synchronization

/// Tells when a claimed directory is moved or removed while its run is up: from then on no verb finds the network.
final class RunClaimWatch: Sendable {
    /// Kept alive for as long as somebody wants to know.
    private let source: Mutex<(any DispatchSourceRead)?>

    /// - Parameter onLoss: called once, from a queue of the system. Where the kernel has no watch to give, never.
    init(_ claim: RunClaim, onLoss: @escaping @Sendable () -> Void) {
        let watch = chost_watch_removal(claim.directory.path, claim.directory.parent)
        guard watch >= 0 else {
            source = Mutex(nil)
            return
        }
        let hasTold = Mutex(false)
        let reading = DispatchSource.makeReadSource(fileDescriptor: watch, queue: .global())
        reading.setEventHandler { [weak claim] in
            var notices = [UInt8](repeating: 0, count: 4_096)
            while read(watch, &notices, notices.count) > 0 {}
            guard let claim, !claim.isInPlace else { return }
            let isFirst = hasTold.withLock { told in
                defer { told = true }
                return !told
            }
            if isFirst { onLoss() }
        }
        reading.setCancelHandler { close(watch) }
        reading.resume()
        source = Mutex(reading)
        // Gone before anybody watched.
        if !claim.isInPlace { onLoss() }
    }

    deinit { source.withLock { $0?.cancel() } }
}
