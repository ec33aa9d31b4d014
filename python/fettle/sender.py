"""Sends a spool in the background, and says that its runs are alive."""

import json
import random
import sys
import threading
import time

from fettle.server import FettleError, Unreachable

MOST_OPERATIONS = 5_000
BODY_BYTES = 2 * 1024 * 1024
FILE_OPERATION = b'{"op":"file"'
SYNC_SECONDS = 1.0
BEAT_SECONDS = 10.0
LONGEST_PAUSE = 30.0
NO_CONTACT = "no contact yet"
# The spool and this server do not fit: trying again would change nothing.
FINAL = {"SYNC_OTHER_SERVER", "SYNC_GAP", "SYNC_DIVERGED", "BAD_REQUEST", "BAD_JSON", "UNKNOWN_ROUTE"}


class FlushError(Exception):
    """Something is not at the server: `operations`, `refused` and the `reason` say what and why. It stays in the spool."""

    def __init__(self, spool, refused, reason):
        self.operations = spool.sequence - spool.state["acknowledged"]
        self.refused = refused
        self.reason = reason
        parts = []
        if self.operations:
            parts.append(f"{operations(self.operations, 'is', 'are')} not sent ({reason})")
        if refused:
            first = refused[0]
            message = first["message"].rstrip(".")
            parts.append(f"{operations(len(refused), 'was', 'were')} refused, the first as {first['code']}: {message}")
        super().__init__(f"{'; '.join(parts)}. They are kept: fettle sync {spool.folder}")


def operations(count, one, several):
    return f"{count} operation{'' if count == 1 else 's'} {one if count == 1 else several}"


def warn(text):
    print(f"fettle: {text}", file=sys.stderr)


class Sender(threading.Thread):
    """Sends what the spool has, in its order, until it is stopped."""

    def __init__(self, spool, client, server):
        super().__init__(name="fettle-sender", daemon=True)
        self.spool = spool
        self.client = client
        self.server = server
        self.refused = []
        self.fault = None
        self.reason = NO_CONTACT
        self.skew_ms = 0
        self._met = False
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._progress = threading.Condition()
        self._told = set()

    def wake(self):
        self._wake.set()

    def stop(self):
        self._stopped.set()
        self._wake.set()
        self.join(timeout=2)

    def wait_for(self, number, deadline, patient=True):
        """Whether all up to `number` is done or refused by then; False at once when that cannot come about, or, without
        patience, when no server answers."""
        self.wake()
        with self._progress:
            while self.spool.state["acknowledged"] < number:
                left = deadline - time.monotonic()
                if left <= 0 or self.fault is not None or not self.is_alive():
                    return False
                if not patient and self.reason not in ("", NO_CONTACT):
                    return False
                self._progress.wait(min(left, 0.2))
            return True

    def run(self):
        pause = 0.5
        while not self._stopped.is_set():
            try:
                self.spool.sync()
                if self.step():
                    pause = 0.5
                    continue
                wait = SYNC_SECONDS
            except FettleError as error:
                wait, pause = self._failed(error, pause)
            except Unreachable as error:
                self._tell("unreachable", f"{error}. Logging goes on to {self.spool.folder}")
                self.reason = str(error)
                wait, pause = _pause(pause)
            except OSError as error:
                self._tell("disk", f"the spool {self.spool.folder} cannot be used now: {error}")
                self.reason = str(error)
                wait, pause = _pause(pause)
            except Exception as error:  # noqa: BLE001 - a training must not end because of its log
                self.fault = f"{type(error).__name__}: {error}"
                self._tell("fault", f"sending stopped: {self.fault}")
            if self.fault is not None:
                with self._progress:
                    self._progress.notify_all()
                return
            self._wake.wait(wait)
            self._wake.clear()

    def _failed(self, error, pause):
        self._met = False
        self.reason = str(error)
        if error.code in FINAL:
            self.fault = str(error)
            self._tell(error.code, f"sending stopped: {error}")
            return 0, pause
        if error.retry_after is not None:
            # Whoever waits for a flush does not shorten this.
            self._stopped.wait(error.retry_after)
            return 0, pause
        self._tell(error.code, f"{error}. Logging goes on to {self.spool.folder}")
        return _pause(pause)

    def step(self):
        """Sends one request; False when there was nothing to send."""
        spool = self.spool
        if spool.sequence <= spool.state["acknowledged"]:
            return False
        if not self._met:
            self._meet()
        after = spool.state["acknowledged"]
        if after >= spool.sequence:
            return False
        frames, files = self._next_frames(after)
        digest = spool.digest_of(after)
        if not frames or digest is None:
            raise FettleError(409, {"error": {"code": "SYNC_GAP", "message": f"operation {after + 1} is missing here"}})
        for frame in files:
            self._upload(frame)
        last = f"{frames[-1][2]:08x}"
        known = spool.state["server"]
        body = b'{"from":%d,"after":"%s","last":"%s","sentAt":%d,%s"operations":[%s]}' % (
            after + 1,
            digest.encode(),
            last.encode(),
            time.time_ns() // 1000,
            b'"server":' + json.dumps(known).encode() + b"," if known else b"",
            b",".join(payload for _, payload, _ in frames),
        )
        receipt = self.server.call("POST", f"/sync/{self.client}", body)
        self._take(receipt, frames, last, files)
        return True

    def _meet(self):
        """Asks how far the server is: an answer may have been lost, or `fettle sync` have sent some."""
        contact = self.server.call("GET", f"/sync/{self.client}")
        spool = self.spool
        if spool.state["server"] is None:
            spool.save(server=contact["server"])
        if contact["acknowledged"] > spool.state["acknowledged"]:
            here = min(contact["acknowledged"], spool.sequence)
            self._catch_up(here, contact["digest"])
        elif contact["acknowledged"] < spool.state["acknowledged"]:
            spool.state.update(acknowledged=contact["acknowledged"], digest=contact["digest"])
        self._met = True

    def _catch_up(self, here, digest):
        """The server did more than it could tell."""
        spool = self.spool
        before = spool.state["acknowledged"]
        refused = [
            each
            for each in self.server.call("GET", f"/sync/{self.client}/refusals")["items"]
            if before < each["sequence"] <= here
        ]
        payloads = {}
        for each in refused:
            frames = spool.read(each["sequence"] - 1, count=1, size=1)
            payloads[each["sequence"]] = frames[0][1] if frames else b"null"
        self.refused.extend(refused)
        spool.refuse(refused, payloads)
        sent = []
        number = before
        while number < here:
            frames = spool.read(number, count=here - number, size=BODY_BYTES)
            if not frames:
                break
            number = frames[-1][0]
            sent += [_sha256(payload) for _, payload, _ in frames if payload.startswith(FILE_OPERATION)]
        spool.acknowledge(here, digest, sent)
        with self._progress:
            self._progress.notify_all()

    def _next_frames(self, after):
        """Frames of one request. Files are uploaded before the operations that name them, so their runs must be known."""
        frames = self.spool.read(after, count=MOST_OPERATIONS, size=BODY_BYTES)
        for index, (_, payload, _) in enumerate(frames):
            if not payload.startswith(FILE_OPERATION):
                continue
            if index > 0:
                return frames[:index], []
            return frames[:1], frames[:1]
        return frames, []

    def _upload(self, frame):
        operation = json.loads(frame[1])
        path = self.spool.file_path(operation["hash"][len("sha256:") :])
        query = {"path": operation["path"], "hash": operation["hash"]}
        try:
            with open(path, "rb") as file:
                self.server.upload(f"/sync/runs/{operation['run']}/files", file, operation["bytes"], query)
        except FileNotFoundError:
            pass  # sent before; if not, the server refuses the operation
        except FettleError as error:
            if error.status not in (400, 404, 409):
                raise
            self._tell(f"upload {error.code}", f"{operation['path']} is refused: {error}")

    def _take(self, receipt, frames, last, files):
        spool = self.spool
        if receipt["refused"]:
            self.refused.extend(receipt["refused"])
            spool.refuse(receipt["refused"], {number: payload for number, payload, _ in frames})
            for refusal in receipt["refused"]:
                self._tell(refusal["code"], f"refused: {refusal['message']}")
        refused = {refusal["sequence"] for refusal in receipt["refused"]}
        sent = [_sha256(frame[1]) for frame in files if frame[0] not in refused]
        number = frames[-1][0]
        spool.acknowledge(number, last, sent)
        self.reason = ""
        self.skew_ms = receipt["skewMs"]
        if abs(self.skew_ms) > 1000:
            self._tell("skew", f"the clock of this machine is {-self.skew_ms / 1000:+.0f} s off the server's")
        self._told.discard("unreachable")
        with self._progress:
            self._progress.notify_all()

    def _tell(self, key, text):
        """Once for each kind of trouble."""
        if key not in self._told:
            self._told.add(key)
            warn(text)


class Heart(threading.Thread):
    """Says every ten seconds that runs are alive, however long a file takes to be sent."""

    def __init__(self, client, server, runs):
        super().__init__(name="fettle-heartbeat", daemon=True)
        self.client = client
        self.server = server
        self.runs = runs
        self._stopped = threading.Event()

    def stop(self):
        self._stopped.set()

    def run(self):
        while not self._stopped.wait(BEAT_SECONDS):
            alive = list(self.runs)
            if not alive:
                continue
            try:
                body = {"runs": alive, "sentAt": time.time_ns() // 1000}
                self.server.call("POST", f"/sync/{self.client}/heartbeat", body)
            except (FettleError, Unreachable):
                pass  # the sender tells


def _sha256(payload):
    return json.loads(payload)["hash"][len("sha256:") :]


def _pause(pause):
    return pause * random.uniform(0.8, 1.2), min(pause * 2, LONGEST_PAUSE)
