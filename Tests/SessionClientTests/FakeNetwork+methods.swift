import SessionCrypto
import SessionProtocol
import Synchronization

extension FakeNetwork {
    /// What a node says to a request of its own.
    func answer(_ request: JSON, at index: Int) -> (status: Int, body: String) {
        state.withLock { state in
            let method = request["method"]?.asString ?? ""
            let parameters = request["params"] ?? [:]
            if state.canned[method]?.isEmpty == false, let canned = state.canned[method]?.removeFirst() {
                return canned
            }
            switch method {
            case "path_build" where state.knowsPathBuild: return (200, #"{"status":"path built"}"#)
            case "info": return (200, withTime([:], state).text)
            case "get_swarm": return (200, swarmObject(state).text)
            case "store", "retrieve":
                guard state.swarm.contains(index) else { return (421, swarmObject(state).text) }
                let now = JumpingClock.start + state.clockAhead
                guard let time = parameters["timestamp"]?.asInteger, abs(time - now) < 10_000 else {
                    return (406, "Timestamp error: check your clock")
                }
                return method == "store"
                    ? store(parameters, at: index, &state) : retrieve(parameters, at: index, &state)
            default: return (400, "no method \(method)")
            }
        }
    }

    private func withTime(_ fields: [String: JSON], _ state: State) -> JSON {
        let time: [String: JSON] = ["t": .integer(JumpingClock.start + state.clockAhead), "hf": [19, 3]]
        return .object(fields.merging(time) { first, _ in first })
    }

    private func swarmObject(_ state: State) -> JSON {
        let snodes = state.swarm.map { index -> JSON in
            let node = nodes[index]
            return [
                "ip": .string("\(node.address)"), "port_https": 22_021,
                "pubkey_ed25519": .string(node.keys.ed25519.publicKey.hex),
                "pubkey_x25519": .string(node.keys.x25519.publicKey.hex),
            ]
        }
        return withTime(["snodes": .array(snodes), "swarm": "1"], state)
    }

    private func isSigned(_ parameters: JSON, _ text: Bytes, _ account: AccountID) -> Bool {
        guard let key = parameters["pubkey_ed25519"]?.asString.flatMap({ Ed25519PublicKey(hex: $0) }),
            let signature = parameters["signature"]?.asString.flatMap({ Base64.decode($0) })
        else { return false }
        return key.x25519?.bytes == account.key && key.verifies(signature, of: text)
    }

    private func store(_ parameters: JSON, at index: Int, _ state: inout State) -> (status: Int, body: String) {
        guard let account = parameters["pubkey"]?.asString.flatMap({ AccountID(text: $0) }),
            let data = parameters["data"]?.asString.flatMap({ Base64.decode($0) }),
            let time = parameters["timestamp"]?.asInteger, let ttl = parameters["ttl"]?.asInteger,
            let number = parameters["namespace"]?.asInteger
        else { return (400, "invalid request") }
        let namespace = Namespace(Int16(number))
        guard namespace.isPublicInbox || isSigned(parameters, SignedText.store(namespace, timestamp: time), account)
        else { return (401, "store signature verification failed") }
        let hash = MessageHash(account: account, namespace: namespace, data: data)
        let message: JSON = [
            "hash": .string(hash.text), "data": .string(Base64.encode(data)), "timestamp": .integer(time),
            "expiration": .integer(time + ttl), "account": .string(account.hex), "namespace": .integer(number),
        ]
        var members: [String: JSON] = [:]
        for member in state.swarm {
            let keys = nodes[member].keys.ed25519
            guard !state.dead.contains(member) else {
                members[keys.publicKey.hex] = ["failed": 1, "timeout": 1]
                continue
            }
            let already = state.mailboxes[member, default: []].contains { $0["hash"] == message["hash"] }
            if !already { state.mailboxes[member, default: []].append(message) }
            let signer = state.forgers.contains(member) ? nodes[0].keys.ed25519 : keys
            var fields: [String: JSON] = [
                "hash": .string(hash.text), "expiry": .integer(time + ttl),
                "signature": .string(Base64.encode(signer.sign(Bytes(hash.text.utf8)))),
            ]
            if already { fields["already"] = member == index ? true : 1 }
            members[keys.publicKey.hex] = .object(fields)
        }
        return (200, withTime(["hash": .string(hash.text), "swarm": .object(members)], state).text)
    }

    private func retrieve(_ parameters: JSON, at index: Int, _ state: inout State) -> (status: Int, body: String) {
        guard let account = parameters["pubkey"]?.asString.flatMap({ AccountID(text: $0) }),
            let time = parameters["timestamp"]?.asInteger, let number = parameters["namespace"]?.asInteger
        else { return (400, "invalid request") }
        guard isSigned(parameters, SignedText.retrieve(Namespace(Int16(number)), timestamp: time), account)
        else { return (401, "retrieve signature verification failed") }
        let all = state.mailboxes[index, default: []].filter {
            $0["account"] == .string(account.hex) && $0["namespace"] == .integer(number)
        }
        let last = all.firstIndex { $0["hash"] == parameters["last_hash"] }
        let rest = all[(last.map { $0 + 1 } ?? 0)...]
        if let left = state.retrievesLeft {
            state.retrievesLeft = left > 1 ? left - 1 : nil
            if left == 1 { state.dead.insert(index) }
        }
        let page = Array(rest.prefix(state.pageSize))
        return (200, withTime(["messages": .array(page), "more": .bool(page.count < rest.count)], state).text)
    }
}
