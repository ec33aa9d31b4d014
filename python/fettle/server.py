"""Talks to a Fettle server."""

import http.client
import json
import os
import ssl
import urllib.parse

VERSION = "0.1.0"


class FettleError(Exception):
    """What the server refused: its code, message and hint."""

    def __init__(self, status, body, retry_after=None):
        error = body.get("error", {}) if isinstance(body, dict) else {}
        self.status = status
        self.code = error.get("code", f"HTTP_{status}")
        self.hint = error.get("hint", "")
        self.details = error.get("details", {})
        self.retry_after = retry_after
        message = error.get("message", f"the server answered {status}")
        super().__init__(f"{self.code}: {message}{' ' + self.hint if self.hint else ''}")


class Unreachable(Exception):
    """No server answers."""


def find_server():
    """Address and token: FETTLE_URL and FETTLE_TOKEN, else those of the server of the project around, else the usual."""
    url, token = os.environ.get("FETTLE_URL"), os.environ.get("FETTLE_TOKEN")
    if url:
        return url.rstrip("/"), token
    folder = os.getcwd()
    while True:
        try:
            with open(os.path.join(folder, ".fettle", "server.json"), encoding="utf-8") as file:
                known = json.load(file)
            return known["url"].rstrip("/"), token or known.get("token")
        except (OSError, ValueError, KeyError):
            above = os.path.dirname(folder)
            if above == folder:
                return "http://127.0.0.1:4747", token
            folder = above


class Server:
    """One connection, for one thread. The address is looked up anew after each failure: a server may move."""

    def __init__(self, url=None, token=None, user=None, timeout=30):
        self.given = (url.rstrip("/"), token or os.environ.get("FETTLE_TOKEN")) if url else None
        self.user = user
        self.timeout = timeout
        self._connection = None
        self.url, self._token = self.given or find_server()

    def call(self, method, path, body=None, query=None):
        """The JSON answer. Raises FettleError and Unreachable. `body`: bytes of JSON, or what can be written as such."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json"} if data is not None else {}
        status, answer, headers = self._request(method, path, query, data, headers)
        return _decoded(status, answer, headers)

    def upload(self, path, file, size, query):
        headers = {"content-type": "application/octet-stream", "content-length": str(size)}
        self.close()
        slow = self.timeout + size / 10_000_000
        self.timeout, usual = slow, self.timeout
        try:
            return _decoded(*self._request("PUT", path, query, file, headers))
        finally:
            self.timeout = usual
            self.close()

    def bytes(self, path, query=None):
        status, answer, headers = self._request("GET", path, query, None, {})
        if status != 200:
            _decoded(status, answer, headers)
        return answer

    def _request(self, method, path, query, body, headers):
        target = f"/api/v1{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        reused = self._connection is not None
        try:
            return self._send(method, target, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            # A kept connection may have been closed meanwhile: that says nothing of the server.
            if not reused or hasattr(body, "read"):
                raise Unreachable(f"{self.url} does not answer: {error or type(error).__name__}") from error
        try:
            return self._send(method, target, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(f"{self.url} does not answer: {error or type(error).__name__}") from error

    def _send(self, method, target, body, headers):
        if self._connection is None:
            self.url, self._token = self.given or find_server()
            parts = urllib.parse.urlsplit(self.url)
            self._prefix = parts.path
            if parts.scheme == "https":
                self._connection = http.client.HTTPSConnection(
                    parts.hostname, parts.port, timeout=self.timeout, context=ssl.create_default_context()
                )
            else:
                self._connection = http.client.HTTPConnection(
                    parts.hostname, parts.port, timeout=self.timeout, blocksize=1 << 18
                )
        headers = {**headers, "user-agent": f"fettle-python/{VERSION}"}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
            if self.user:
                headers["fettle-principal"] = self.user
        try:
            self._connection.request(method, self._prefix + target, body=body, headers=headers)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it may have answered before it read everything
        response = self._connection.getresponse()
        return response.status, response.read(), response.headers

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _decoded(status, answer, headers):
    try:
        body = json.loads(answer) if answer else {}
    except ValueError:
        body = {}
    if 200 <= status < 300:
        return body
    try:
        retry_after = float(headers.get("retry-after", ""))
    except ValueError:
        retry_after = None
    raise FettleError(status, body, retry_after)
