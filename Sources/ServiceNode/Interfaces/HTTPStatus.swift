/// The statuses this protocol uses (storage-node §2.1).
enum HTTPStatus {
    private static let known: Set = [200, 400, 401, 403, 404, 406, 410, 413, 421, 429, 500, 502, 503, 504]

    static func isKnown(_ status: Int) -> Bool { known.contains(status) }
}
