import Testing
import TimeLimits

/// Everything here starts the built executable, one test after another: they share the machine's cores.
@Suite(.serialized, .workLimit(minutes: 3)) struct ExecutableTests {}
