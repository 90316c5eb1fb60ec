"""An HTTP proxy in front of a store, which refuses what a test says: everything else goes through."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def refusing(port: int, refused: Callable[[str, str], bool]) -> Iterator[int]:
    """The port of a proxy for that one, which answers 403 where `refused(method, path)`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if refused(self.command, self.path):
                self.answer(403, {}, b"<Error><Code>AccessDenied</Code><Message>By the test.</Message></Error>")
                return
            upstream = http.client.HTTPConnection("127.0.0.1", port)
            upstream.request(self.command, self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            self.answer(answer.status, dict(answer.getheaders()), answer.read())
            upstream.close()

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in {"transfer-encoding", "connection", "content-length", "date", "server"}:
                    self.send_header(name, value)
            # What would have been sent to a HEAD is told all the same.
            length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = forward

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
