"""What was acknowledged, and what every member must therefore hold in the end."""

PRESENT, GONE, DOUBTFUL = "present", "gone", "doubtful"
# So near its end a message may be there or not.
SWEEP_MILLISECONDS = 60_000


class Message:
    def __init__(self):
        self.state = DOUBTFUL
        self.data = None
        # None where an unanswered request may have changed it.
        self.expiry = None
        # A request that nobody answered may be carried out at any later time: nothing is sure of it any more.
        self.is_settled = True


class Mailbox:
    """One namespace of an account. One thread at a time uses it."""

    def __init__(self, account, namespace):
        self.account, self.namespace = account, namespace
        self.messages = {}

    def certain(self, state):
        return sorted(name for name, message in self.messages.items() if message.is_settled and message.state == state)

    def lasting(self, now):
        """Those that are certainly there, and will be for a while: of others only the nodes know whether their expiry can
        still be changed."""
        return [name for name in self.certain(PRESENT) if self.messages[name].expiry > now + SWEEP_MILLISECONDS]

    def stored(self, name, data, expiry):
        message = self.messages.setdefault(name, Message())
        if message.is_settled:
            message.state, message.data, message.expiry = PRESENT, data, expiry

    def deleted(self, names):
        for name in names:
            self.messages[name].state = GONE

    def expires(self, names, expiry):
        for name in names:
            if self.messages[name].state == PRESENT:
                self.messages[name].expiry = expiry

    def doubt(self, names):
        for name in names:
            message = self.messages.setdefault(name, Message())
            message.is_settled, message.state = False, DOUBTFUL

    def differences(self, held, now):
        """What is wrong with what a member holds, a line each."""
        wrong = []
        for name, message in sorted(self.messages.items()):
            if not message.is_settled:
                continue
            if message.state == GONE and name in held:
                wrong.append(f"deleted and back: {name}")
            if message.state != PRESENT:
                continue
            ends = message.expiry
            if name in held:
                if held[name] != ends:
                    wrong.append(f"expires at {held[name]} in place of {ends}: {name}")
                elif ends < now - SWEEP_MILLISECONDS:
                    wrong.append(f"expired and there: {name}")
            elif ends > now + SWEEP_MILLISECONDS:
                wrong.append(f"acknowledged and lost: {name}")
        wrong += [f"nobody sent it: {name}" for name in sorted(held) if name not in self.messages]
        return wrong
