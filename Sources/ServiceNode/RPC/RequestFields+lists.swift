import SessionProtocol

/// Parameters that are lists. Where a list is due, one bare element stands for a list of one (storage-node §3.1).
extension RequestFields {
    /// Strings, each as its bytes.
    func strings(_ name: String) throws(Refusal) -> [Bytes]? {
        try list(name, "string array") { element in
            switch element {
            case .json(.string(let text)): Bytes(text.utf8)
            case .bencode(.bytes(let bytes)): bytes
            default: nil
            }
        }
    }

    /// Signed integers.
    func integers(_ name: String) throws(Refusal) -> [Int64]? {
        try list(name, "integer array") { element in
            switch element {
            case .json(.integer(let value)), .bencode(.integer(let value)): value
            case .json(.unsigned): .max
            default: nil
            }
        }
    }

    /// Milliseconds since the epoch, without the check for seconds that single timestamps get.
    func timestamps(_ name: String) throws(Refusal) -> [Int64]? {
        try list(name, "timestamp array") { element in
            switch element {
            case .json(.integer(let value)) where value >= 0: value
            case .json(.unsigned): .max
            case .bencode(.integer(let value)): value
            default: nil
            }
        }
    }

    /// - Parameter element: `nil` for a value that may not stand in the list.
    private func list<Element>(
        _ name: String, _ expected: String, _ element: (Field) -> Element?
    ) throws(Refusal) -> [Element]? {
        let fields: [Field]
        switch field(name) {
        case nil: return nil
        case .json(.array(let values)): fields = values.map(Field.json)
        case .bencode(.list(let values)): fields = values.map(Field.bencode)
        case let single?: fields = [single]
        }
        var elements: [Element] = []
        elements.reserveCapacity(fields.count)
        for field in fields {
            guard let element = element(field) else { throw mismatch(name, expected) }
            elements.append(element)
        }
        return elements
    }
}
