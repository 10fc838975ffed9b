"""The node's HTTPS interface."""

import base64
import http.server
import json
import ssl

BODY_LIMIT = 10_485_760


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def https(server):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two writes.
        disable_nagle_algorithm = True

        def do_POST(self):
            length = int(self.headers.get("Content-Length", 0))
            if length > BODY_LIMIT:
                self.close_connection = True
                return self.answer(413, "Request body too large")
            body = self.rfile.read(length)
            if self.path == "/ping_test/v1":
                key = base64.b64encode(server.keys.legacy).decode()
                return self.answer(200, b"", {"X-Oxen-Snode-Pubkey": key})
            handle = {"/storage_rpc/v1": server.methods.read, "/onion_req/v2": server.onions.enter}.get(self.path)
            if handle is None:
                return self.answer(404, "post %s Not Found" % self.path.partition("?")[0])
            if server.network.own_swarm() is None:
                return self.answer(503, "Service node is not ready: not in any swarm\n")
            self.answer(*handle(body))

        def answer(self, status, body, headers={}):
            """With a text, an object or bytes."""
            is_object = isinstance(body, dict)
            body = json.dumps(body) if is_object else body
            body = body.encode() if isinstance(body, str) else body
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if is_object else "text/plain")
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    options = server.options
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate, options.key)
    listener = Listener((options.bind_ip, options.https_port), Handler)
    listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    return listener
