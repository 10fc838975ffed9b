import NodeRuntime
import SessionProtocol

/// The chain and the proofs at one moment, and every answer given from them.
///
/// After a block all nodes ask the same question. It is answered once, and all of them get the very same buffer, so
/// that whoever reads for many of them sees at once that the answers are equal.
struct PublishedView: Sendable {
    /// A question as it came in, or as it was understood: several texts may ask the same.
    enum Question: Hashable {
        /// Parameters over the message queue; a service node's daemon tells more than another's.
        case queue(Bytes, isNode: Bool)
        /// A whole call over HTTP, its id included.
        case http(Bytes)
        case understood(ServiceNodesRequest)

        func hash(into hasher: inout Hasher) {
            switch self {
            // At one go: an array hashes itself byte by byte, which would cost more than the rest of an answer.
            case .queue(let text, _), .http(let text): text.withUnsafeBytes { hasher.combine(bytes: $0) }
            case .understood(let request): hasher.combine(request)
            }
        }
    }

    /// Proofs that came in since a view was made are shown at the latest after this, or with the next block.
    static let longestAge: Duration = .seconds(1)
    /// Bounds what unusual questions can make the ledger keep.
    private static let capacity = 16

    private let nodes: ServiceNodesReply
    private let proofRevision: UInt64
    private let made: Duration
    private var encodings: EncodedNodes
    private var answers: [Question: Bytes] = [:]
    private let previousAnswers: [Question: Bytes]

    /// - Parameter previous: the view this one takes the place of; what did not change since is taken over.
    init(of chain: ChainView, _ proofs: UptimeProofs, at uptime: Duration, replacing previous: PublishedView?) {
        nodes = ServiceNodesReply(
            top: chain.top, rules: chain.chain.genesis.rules, entries: chain.entries, proofs: proofs.byNode)
        proofRevision = proofs.revision
        made = uptime
        encodings = previous?.encodings ?? EncodedNodes()
        previousAnswers = previous?.answers ?? [:]
    }

    /// Whether questions may still be answered from this view.
    func isCurrent(for chain: ChainView, _ proofs: UptimeProofs, at uptime: Duration) -> Bool {
        nodes.top.hash == chain.top.hash
            && (proofRevision == proofs.revision || uptime - made < Self.longestAge)
    }

    /// - Returns: `nil` for a question that was not asked yet.
    func answer(to question: Question) -> Bytes? { answers[question] }

    /// Gives everyone who asks a question the same answer.
    /// - Returns: what to give: an answer that came out as that of the previous view is still the buffer it was.
    mutating func keep(_ answer: Bytes, to question: Question) -> Bytes {
        var kept = answer
        if let previous = previousAnswers[question], previous == answer { kept = previous }
        if answers.count >= Self.capacity { answers = [:] }
        answers[question] = kept
        return kept
    }

    /// Answers `get_service_nodes`.
    /// - Parameters:
    ///   - randomness: for an answer with a limit, which is drawn anew for each call.
    ///   - knowledge: what the asker's own daemon tells it and nobody else.
    /// - Returns: the reply's `result`, encoded, and whether everyone who asks gets it.
    mutating func serviceNodes(
        _ request: ServiceNodesRequest, randomness: any Randomness, knowledge: OwnKnowledge? = nil
    ) -> RPCMethod.Answer {
        if let knowledge, knowledge.adds(to: request) {
            return RPCMethod.Answer(text: nodes.encoded(request, randomness: randomness, knowledge: knowledge))
        }
        guard request.isAnsweredAlike else {
            return RPCMethod.Answer(text: nodes.encoded(request, randomness: randomness, encodings: &encodings))
        }
        // What block an asker knows matters only in that it is the top one or not.
        var understood = request
        if let known = request.pollBlockHash, known != nodes.top.hash.hex { understood.pollBlockHash = "" }
        if let answer = answers[.understood(understood)] { return RPCMethod.Answer(text: answer, isForAll: true) }
        let answer = nodes.encoded(request, randomness: randomness, encodings: &encodings)
        return RPCMethod.Answer(text: keep(answer, to: .understood(understood)), isForAll: true)
    }
}
