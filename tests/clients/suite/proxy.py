"""A company's HTTP proxy, from which nothing inside the pod can be reached."""

import http.server
import socket
import threading

# Refused for good: no client asks again, so that a test need not wait.
REFUSAL = b'{"error":"forbidden","error_description":"The proxy does not go there."}'


class Proxy:
    def __init__(self, make_socket=socket.socket):
        self.targets = []
        """What it was asked to reach."""
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def refuse(self):
                proxy.targets.append(self.path)
                self.send_response(403)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(REFUSAL)))
                self.end_headers()
                self.wfile.write(REFUSAL)

            do_GET = do_POST = do_CONNECT = refuse

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self.server.socket.close()
        self.server.socket = make_socket()
        self.server.socket.bind(("127.0.0.1", 0))
        self.server.server_activate()
        self.url = "http://127.0.0.1:{}".format(self.server.socket.getsockname()[1])
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
