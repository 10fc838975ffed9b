/// In what condition a store's file was found.
public enum StoreCondition: Sendable, Equatable {
    /// It was closed in good order, or is new.
    case sound
    /// Whoever had it open before did not close it; every page was checked, and nothing was found.
    case checkedAfterUncleanStop
    /// It was damaged, or no database. It was renamed to `file`, and the store begins empty.
    case setAside(file: String, reason: String)
}
