import SessionProtocol
import Storage

extension Authentication {
    /// As ``permits(_:account:access:)``, for whoever must not act with a revoked token either (storage-node §5).
    ///
    /// - Parameter store: knows the revoked tokens.
    /// - Throws: 500 when the store cannot tell.
    func permits(
        _ text: Bytes, account: AccountID, access: Subaccount.Access, unlessRevokedIn store: any MessageStore
    ) async throws(Refusal) -> Bool {
        if let token = subaccount?.token {
            let isRevoked: Bool
            do throws(StorageError) {
                isRevoked = try await store.isRevoked(token, of: account)
            } catch {
                throw .failed
            }
            guard !isRevoked else { return false }
        }
        return permits(text, account: account, access: access)
    }
}
