import SessionProtocol

/// Parameters that hold calls of other methods (storage-node §3.7).
extension RequestFields {
    /// The fields of an object or dictionary.
    /// - Returns: `nil` for any other value.
    static func inside(_ field: Field?) -> RequestFields? {
        switch field {
        case .json(.object(let fields)): RequestFields(json: fields)
        case .bencode(.dictionary(let fields)): RequestFields(bencode: fields)
        default: nil
        }
    }

    /// The elements of a list.
    /// - Returns: `nil` for any other value, and when the field is absent.
    func elements(_ name: String) -> [Field]? {
        switch field(name) {
        case .json(.array(let values)): values.map(Field.json)
        case .bencode(.list(let values)): values.map(Field.bencode)
        default: nil
        }
    }

    /// `method` and `params` of a call; `nil` for whichever is absent or of the wrong type.
    var call: (method: String?, parameters: RequestFields?) {
        let method: String? =
            switch field("method") {
            case .json(.string(let text)): text
            case .bencode(.bytes(let bytes)): String(decoding: bytes, as: UTF8.self)
            default: nil
            }
        return (method, Self.inside(field("params")))
    }
}
