"""The spool and the threads of this process."""

import atexit
import json
import os
import socket
import sys
import tempfile
import threading
import time
import uuid

from fettle.sender import Heart, Sender, operations, warn
from fettle.server import Server, find_server
from fettle.spool import Spool, SpoolFull, fcntl

SPOOL_LIMIT = 10 * 1024**3
WARN_AT = 0.8


def spool_root():
    root = os.environ.get("FETTLE_SPOOL")
    if root:
        return os.path.abspath(root)
    data = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return os.path.join(data, "fettle", "spool")


class Client:
    """What all runs of a process share. Runs are known by their id; what they say is written by `write`."""

    def __init__(self, url=None, token=None, user=None, threads=True):
        self.id = uuid.uuid4().hex
        self.pid = os.getpid()
        self.url = url
        self.user = user
        address = url or find_server()[0]
        root = spool_root()
        try:
            self.spool = self._open(root, address)
        except OSError as error:
            root = os.path.join(tempfile.gettempdir(), "fettle-spool")
            warn(f"{error}: the spool is in {root}")
            self.spool = self._open(root, address)
        self.runs = {}
        self.refused = {}
        self._gave_up_at = None
        self._warned = set()
        self._mutex = threading.Lock()
        self._make = lambda: Server(url, token, user)
        self.sender = Sender(self.spool, self.id, self._make())
        self.heart = Heart(self.id, self._make(), self.runs)
        self._adopted = []
        if threads:
            self.sender.start()
            self.heart.start()
            threading.Thread(target=self._adopt, args=(root, address), daemon=True).start()

    def _open(self, root, address):
        limit = int(os.environ.get("FETTLE_SPOOL_LIMIT", SPOOL_LIMIT))
        spool = Spool(os.path.join(root, self.id), limit=limit, used_elsewhere=_size_of(root))
        begun = time.time_ns() // 1000
        spool.save(client=self.id, url=address, pid=self.pid, host=socket.gethostname(), begun=begun)
        return spool

    def write(self, operation):
        """Spools an operation; answers its number, or None when the spool or the disk is full: then it is counted."""
        kind = "metrics" if operation.get("metrics") else operation["op"]
        try:
            fill = self.spool.fill
            if fill >= 1 and kind == "metrics":
                raise SpoolFull("the spool is full")
            if fill >= WARN_AT:
                self._warn("fill", f"the spool {self.spool.folder} is {fill:.0%} full; is the server down?")
            return self.spool.append(operation)
        except (SpoolFull, OSError) as error:
            self.refuse(operation["run"], kind, max(1, len(operation.get("metrics", ()))), error)
            return None

    def refuse(self, run, kind, count, error):
        with self._mutex:
            counts = self.refused.setdefault(run, {})
            counts[kind] = counts.get(kind, 0) + count
            first = "incomplete" not in counts
            counts.setdefault("incomplete", True)
        self._warn(f"refused {kind}", f"{kind} are not logged: {error}")
        if first:
            self.tag_incomplete(run)

    def refused_of(self, run):
        with self._mutex:
            return {kind: count for kind, count in self.refused.get(run, {}).items() if kind != "incomplete"}

    def tag_incomplete(self, run):
        counts = self.refused_of(run)
        if not counts:
            return
        text = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        try:
            tags = {"fettle.incomplete": f"{text} not logged"}
            self.spool.append({"op": "log", "run": run, "tags": tags})
        except (SpoolFull, OSError):
            pass  # told at the end again, and on stderr now

    def _warn(self, key, text):
        if key not in self._warned:
            self._warned.add(key)
            warn(text)

    def _adopt(self, root, address):
        """Sends what processes that are gone have left for the same server."""
        for name in sorted(os.listdir(root)) if fcntl is not None else ():
            folder = os.path.join(root, name)
            try:
                with open(os.path.join(folder, "state.json"), encoding="utf-8") as file:
                    state = json.load(file)
                if name == self.id or state.get("url") != address:
                    continue
                spool = Spool(folder, limit=SPOOL_LIMIT)
            except (OSError, ValueError):
                continue  # not a spool, or its process lives
            if spool.sequence <= spool.state["acknowledged"]:
                spool.remove()
                spool.close()
                continue
            sender = Sender(spool, name, self._make())
            self._adopted.append(sender)
            sender.start()
            number = spool.sequence
            while not sender.wait_for(number, time.monotonic() + 3600) and sender.fault is None:
                pass
            sender.stop()
            if sender.fault is None:
                spool.remove()
            spool.close()

    def settle(self, seconds):
        """Waits a while for all to be sent; not a second time for a server that has taken nothing since."""
        self.spool.sync()
        if self._gave_up_at == self.spool.state["acknowledged"]:
            return
        done = self.sender.wait_for(self.spool.sequence, time.monotonic() + seconds, patient=False)
        self._gave_up_at = None if done else self.spool.state["acknowledged"]

    def close(self, seconds):
        """Ends runs that are open, sends what can be sent in that time, and says what is left."""
        failed = getattr(sys, "last_type", None) is not None or _uncaught
        for run in list(self.runs.values()):
            run.end("failed" if failed else "finished")
        self.heart.stop()
        self.settle(seconds)
        self.sender.stop()
        left = self.spool.sequence - self.spool.state["acknowledged"]
        if left:
            why = self.sender.fault or self.sender.reason
            warn(f"{operations(left, 'is', 'are')} not sent yet ({why}): fettle sync {self.spool.folder}")
        else:
            self.spool.remove()
        self.spool.close()


_client = None
_mutex = threading.Lock()
_uncaught = False


def _size_of(root):
    total = 0
    for folder, _, names in os.walk(root):
        for name in names:
            try:
                total += os.path.getsize(os.path.join(folder, name))
            except OSError:
                pass
    return total


def current(**options):
    """The client of this process; a forked child gets one of its own."""
    global _client
    with _mutex:
        if _client is None:
            _client = Client(**options)
        return _client


def shut_down():
    global _client
    with _mutex:
        client, _client = _client, None
    if client is not None:
        client.close(float(os.environ.get("FETTLE_EXIT_SECONDS", "10")))


def _in_child():
    global _client, _mutex
    _client = None
    _mutex = threading.Lock()


def _note_uncaught(kind, value, trace, _before=sys.excepthook):
    global _uncaught
    _uncaught = True
    _before(kind, value, trace)


sys.excepthook = _note_uncaught
atexit.register(shut_down)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
