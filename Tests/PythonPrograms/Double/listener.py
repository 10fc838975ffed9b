"""OxenMQ from outside: the node's own CURVE listener."""

import zmq


class Listener:
    """The node's ROUTER, and the ZAP handler that names its callers by their keys."""

    QUEUE_LIMIT = 10_485_760

    def __init__(self, context, port, secret, public):
        self.zap = context.socket(zmq.REP)
        self.zap.bind("inproc://zeromq.zap.01")
        self.socket = context.socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.ROUTER_HANDOVER, 1)
        self.socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self.socket.setsockopt(zmq.MAXMSGSIZE, self.QUEUE_LIMIT)
        self.socket.curve_server = True
        self.socket.curve_secretkey, self.socket.curve_publickey = secret, public
        self.socket.zap_domain = b"i0e"
        # As the reference, which binds every address.
        self.socket.bind("tcp://0.0.0.0:%d" % port)

    def admit(self):
        version, request, *_ , mechanism, key = self.zap.recv_multipart()
        is_known = mechanism == b"CURVE" and len(key) == 32
        status, user = (b"200", key.hex().encode()) if is_known else (b"500", b"")
        self.zap.send_multipart([version, request, status, b"", user, b""])

    def receive(self):
        """The route, the caller's key in hex, and the message."""
        route, *frames = self.socket.recv_multipart(copy=False)
        return route.bytes, frames[-1].get("User-Id"), [frame.bytes for frame in frames]

    def send(self, route, *frames):
        try:
            self.socket.send_multipart([route, *frames])
        except zmq.ZMQError:
            pass  # The caller has gone.
