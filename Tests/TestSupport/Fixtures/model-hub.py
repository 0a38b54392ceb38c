"""A model hub for tests: serves a folder over HTTPS or HTTP, and misbehaves as told.

server.py FOLDER [CERTIFICATE KEY]: prints its port, then one line a request: the method, the path, the range.
A path is answered by the first of these that fits:
  /redirect/REST          a redirection to /REST, as the hub does to where large files are
  /cut/N/REST             REST, but the connection breaks off after N bytes of each answer
  /whole/REST             REST, always from its start, whatever range was asked for
  /status/N/REST          the status N
  /busy/REST              status 503 the first time that it is asked for, then REST
  /to/URL                 a redirection to http://URL
It is a proxy, too, for what is asked of it by CONNECT.
"""
import http.server
import os
import socket
import ssl
import sys
import threading
import urllib.parse

FOLDER = sys.argv[1]
asked = set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        print("GET", self.path, self.headers.get("Range", "-"), flush=True)
        path = urllib.parse.urlsplit(self.path).path
        limit, ranges = None, True
        while True:
            parts = path.split("/", 3)
            if path.startswith("/redirect/"):
                self.send_response(302)
                self.send_header("Location", path[len("/redirect"):])
                self.send_header("Content-Length", "0")
                return self.end_headers()
            if path.startswith("/to/"):
                self.send_response(302)
                self.send_header("Location", "http://" + path[len("/to/"):])
                self.send_header("Content-Length", "0")
                return self.end_headers()
            if path.startswith("/cut/"):
                limit, path = int(parts[2]), "/" + parts[3]
            elif path.startswith("/whole/"):
                ranges, path = False, path[len("/whole"):]
            elif path.startswith("/status/"):
                return self.plain(int(parts[2]))
            elif path.startswith("/busy/"):
                if path not in asked:
                    asked.add(path)
                    return self.plain(503)
                path = path[len("/busy"):]
            else:
                break
        try:
            with open(os.path.join(FOLDER, urllib.parse.unquote(path).lstrip("/")), "rb") as file:
                data = file.read()
        except OSError:
            return self.plain(404)
        start = 0
        wanted = self.headers.get("Range", "") if ranges else ""
        if wanted.startswith("bytes="):
            start = int(wanted[len("bytes="):].split("-")[0])
            if start >= len(data):
                return self.plain(416)
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(data) - start))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        part = data[start:]
        if limit is not None and limit < len(part):
            self.wfile.write(part[:limit])
            self.wfile.flush()
            self.close_connection = True
            return
        try:
            self.wfile.write(part)
        except OSError:  # who asked did not want it after all
            self.close_connection = True

    def do_CONNECT(self):
        print("CONNECT", self.path, "-", flush=True)
        host, port = self.path.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as far:
            self.send_response(200)
            self.end_headers()

            def pass_on(source, target):
                try:
                    while piece := source.recv(1 << 16):
                        target.sendall(piece)
                    target.shutdown(socket.SHUT_WR)
                except OSError:
                    pass

            threading.Thread(target=pass_on, args=(self.connection, far), daemon=True).start()
            pass_on(far, self.connection)
        self.close_connection = True

    def plain(self, status):
        body = b"no such thing, and these bytes belong into no file"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
# Whoever started this is gone once its pipe is.
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(server.server_address[1], flush=True)
server.serve_forever()
