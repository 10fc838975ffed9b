import Testing

/// Everything here starts the built executable, one test after another: they share the machine's cores.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ExecutableTests {}
