import Orchestrator
import SessionProtocol

/// A verb's connection to a network, whose answers say which network it was: people read its name, mode and seed above
/// them, programs find them in the object's `run`.
struct NamedSession {
    let control: ControlSession
    private let json: Bool

    init(_ control: ControlSession, json: Bool) {
        self.control = control
        self.json = json
    }

    func get(_ path: String) async throws -> JSON { named(try await control.get(path)) }

    func post(_ path: String, _ body: JSON, timeout: Duration = .seconds(60)) async throws -> JSON {
        named(try await control.post(path, body, timeout: timeout))
    }

    private func named(_ answer: JSON) -> JSON {
        let run = control.choice.run
        guard json else {
            Console.line(run.heading)
            return answer
        }
        guard var fields = answer.asObject else { return answer }
        fields["run"] = [
            "name": .string(run.name), "mode": run.mode.map { .string($0.rawValue) } ?? .null,
            "seed": run.seed.map(JSON.uint) ?? .null,
        ]
        return .object(fields)
    }
}
