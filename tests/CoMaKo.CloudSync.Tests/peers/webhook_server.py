#!/usr/bin/env python3
"""A web server on a free loopback port that takes the hub's events and checks their signatures as a stranger would, from the documentation alone.

    python3 webhook_server.py FILE

Prints "port N". The path's first part says what it answers: ok, gone (410), moved (302 to ok), broken (500), slow (never). Its second part is the
recipient's key. What comes is written to FILE, one JSON object per line.
"""
import hashlib
import hmac
import http.server
import json
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        _, way, key = (self.path + "/").split("/")[:3]
        signature = dict(part.split("=", 1) for part in self.headers["CoMaKo-Signature"].split(","))
        expected = hmac.new(key.encode("ascii"), signature["t"].encode("ascii") + b"." + body, hashlib.sha256).hexdigest()
        row = {"path": self.path, "type": self.headers["Content-Type"], "time": int(signature["t"]), "signed": hmac.compare_digest(expected, signature["v1"]), "event": json.loads(body)}
        with lock, open(sys.argv[1], "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        if way == "slow":
            threading.Event().wait()
        status = {"ok": 200, "gone": 410, "moved": 302, "broken": 500}[way]
        answer = b"thank you" if status == 200 else b"no thanks"
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/ok/" + key)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST

    def log_message(self, *_):
        pass


lock = threading.Lock()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print("port", server.server_address[1], flush=True)
server.serve_forever()
