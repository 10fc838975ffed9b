import SessionProtocol

/// Which addresses a rule means, at one end of a link.
public struct LinkParty: Sendable, Hashable {
    /// Raw values, sorted and without repetition, so that a lookup allocates nothing and equal sets are equal values.
    private let numbers: [UInt32]
    /// Whether the addresses are the ones meant, or the ones that are not.
    let isExcluding: Bool

    /// Everybody.
    public static let any = LinkParty(listing: EmptyCollection(), isExcluding: true)

    /// Just these. An empty list means nobody.
    public static func only(_ addresses: some Sequence<IPv4Address>) -> LinkParty {
        LinkParty(listing: addresses, isExcluding: false)
    }

    /// Just this one.
    public static func only(_ address: IPv4Address) -> LinkParty { only(CollectionOfOne(address)) }

    /// Everybody else. An empty list means everybody.
    public static func except(_ addresses: some Sequence<IPv4Address>) -> LinkParty {
        LinkParty(listing: addresses, isExcluding: true)
    }

    /// The listed addresses, ascending.
    var addresses: [IPv4Address] { numbers.map { IPv4Address($0) } }

    /// The smallest range of raw values with every address that is meant.
    var span: ClosedRange<UInt32> {
        guard !isExcluding, let first = numbers.first, let last = numbers.last else { return 0...UInt32.max }
        return first...last
    }

    private init(listing addresses: some Sequence<IPv4Address>, isExcluding: Bool) {
        numbers = Set(addresses.map(\.rawValue)).sorted()
        self.isExcluding = isExcluding
    }

    /// Whether an address is meant.
    public func contains(_ address: IPv4Address) -> Bool {
        if numbers.isEmpty { return isExcluding }
        let number = address.rawValue
        var low = 0
        var high = numbers.count
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        let isListed = low < numbers.count && numbers[low] == number
        return isListed != isExcluding
    }
}
