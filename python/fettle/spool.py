"""Operations on disk, in their order, numbered from 1.

A spool is a folder of one process: `state.json` (who, which server, how far), `<first number>.ops` files of frames
(length and CRC-32, 4 bytes each, little endian; then JSON), `files/<sha256>` with the bytes of artifacts, and
`refused.jsonl`. A frame is written with one call, so a killed process loses nothing it logged; a machine that loses
power loses at most the second that was not synced.
"""

import hashlib
import json
import os
import struct
import threading
import zlib

try:
    import fcntl
except ImportError:  # not on Windows: spools of dead processes are sent by `fettle sync` only
    fcntl = None

HEADER = struct.Struct("<II")
SEGMENT_BYTES = 16 * 1024 * 1024
# With what is sent beside it, a server takes ten.
MOST_BYTES = 4 * 1024 * 1024


class SpoolFull(Exception):
    """The limit of the spool, or of the disk, is reached."""


class Spool:
    """One spool folder. Appending and acknowledging may come from different threads."""

    def __init__(self, folder, *, limit, used_elsewhere=0):
        self.folder = folder
        self.limit = limit
        self.sequence = 0
        self.points = 0
        self.dropped_bytes = 0
        self._used_elsewhere = used_elsewhere
        self._mutex = threading.RLock()  # never held while a disk is waited for: whoever logs may need it
        self._saving = threading.Lock()
        self._segments = []  # (first number, path), oldest first
        self._current = None
        self._unsynced = False
        self._uses = {}  # unsent operations by the file they name
        self._reader = None  # (number of the next frame, path, offset), of the one thread that reads
        os.makedirs(os.path.join(folder, "files"), exist_ok=True)
        self._lock = open(os.path.join(folder, "lock"), "a+")  # noqa: SIM115 - held as long as the process lives
        if fcntl is not None:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.state = {"server": None, "acknowledged": 0, "digest": ""}
        self._load()

    def _load(self):
        try:
            with open(os.path.join(self.folder, "state.json"), encoding="utf-8") as file:
                self.state.update(json.load(file))
        except FileNotFoundError:
            pass
        names = sorted(name for name in os.listdir(self.folder) if name.endswith(".ops"))
        self._segments = [(int(name[:-4]), os.path.join(self.folder, name)) for name in names]
        self.sequence = self.state["acknowledged"]
        for first, path in self._segments:
            count, good = self._scan(first, path)
            self.dropped_bytes += os.path.getsize(path) - good
            self.sequence = max(self.sequence, first + count - 1)
        self.used = sum(os.path.getsize(path) for _, path in self._segments) + sum(
            entry.stat().st_size for entry in os.scandir(os.path.join(self.folder, "files"))
        )

    @property
    def fill(self):
        """How full it is, together with the spools beside it: 1 is the limit."""
        return (self.used + self._used_elsewhere) / self.limit

    def save(self, **changes):
        with self._saving:
            self.state.update(changes)
            path = os.path.join(self.folder, "state.json")
            with open(path + ".new", "w", encoding="utf-8") as file:
                json.dump(self.state, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(path + ".new", path)

    def append(self, operation):
        """Writes one operation and answers its number. Raises SpoolFull and OSError; then nothing is written."""
        payload = json.dumps(operation, separators=(",", ":"), allow_nan=False).encode("ascii")
        if len(payload) > MOST_BYTES:
            raise SpoolFull(f"{len(payload)} bytes are more than one operation may have")
        frame = HEADER.pack(len(payload), zlib.crc32(payload)) + payload
        with self._mutex:
            if self._current is None or self._current_size >= SEGMENT_BYTES:
                self._begin_segment()
            before = self._current_size
            try:
                written = os.write(self._current, frame)
                if written != len(frame):
                    raise SpoolFull("the disk is full")
            except BaseException:
                os.ftruncate(self._current, before)
                raise
            self._current_size += len(frame)
            self.used += len(frame)
            self.sequence += 1
            self._unsynced = True
            if operation["op"] == "file":
                self._use(operation)
            return self.sequence

    def _use(self, operation):
        sha256 = operation["hash"][len("sha256:") :]
        self._uses[sha256] = self._uses.get(sha256, 0) + 1

    def _scan(self, first, path):
        """How many good frames a segment has, and the byte behind the last."""
        count = 0
        with open(path, "rb") as file:
            while (frame := _read_frame(file)) is not None:
                number = first + count
                count += 1
                if number > self.state["acknowledged"] and frame[0].startswith(b'{"op":"file"'):
                    self._use(json.loads(frame[0]))
            return count, file.tell()

    def _begin_segment(self):
        self.sync()
        if self._current is not None:
            os.close(self._current)
            self._current = None
        path = os.path.join(self.folder, f"{self.sequence + 1:016d}.ops")
        binary = getattr(os, "O_BINARY", 0)
        self._current = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | binary, 0o600)
        self._current_size = 0
        self._segments.append((self.sequence + 1, path))

    def sync(self):
        """What was appended survives the loss of power."""
        with self._mutex:
            if self._current is None or not self._unsynced:
                return
            copy = os.dup(self._current)
            self._unsynced = False
        try:
            os.fsync(copy)
        except OSError:
            self._unsynced = True
            raise
        finally:
            os.close(copy)

    def keep_file(self, source):
        """Copies a file into the spool; answers its hash and size. Raises SpoolFull and OSError."""
        size = os.path.getsize(source)
        if size + self.used + self._used_elsewhere > self.limit:
            raise SpoolFull(f"{size} bytes do not fit into the spool")
        hasher = hashlib.sha256()
        target = os.path.join(self.folder, "files", f".{os.getpid()}-{threading.get_ident()}")
        try:
            with open(source, "rb") as reading, open(target, "wb") as writing:
                for block in iter(lambda: reading.read(1024 * 1024), b""):
                    hasher.update(block)
                    writing.write(block)
                size = writing.tell()
                writing.flush()
                os.fsync(writing.fileno())
            path = self.file_path(hasher.hexdigest())
            with self._mutex:
                if os.path.exists(path):
                    os.unlink(target)
                else:
                    os.replace(target, path)
                    self.used += size
        except BaseException:
            if os.path.exists(target):
                os.unlink(target)
            raise
        return hasher.hexdigest(), size

    def file_path(self, sha256):
        return os.path.join(self.folder, "files", sha256)

    def read(self, after, *, count, size):
        """Frames behind number `after` as (number, payload, CRC): at most so many, and few more bytes than `size`."""
        with self._mutex:
            written, segments = self.sequence, list(self._segments)
        frames, total, number = [], 0, after + 1
        while number <= written and len(frames) < count and total < size:
            place = self._place_of(number, segments)
            if place is None:
                break
            path, offset = place
            begun = number
            with open(path, "rb") as file:
                file.seek(offset)
                while number <= written and len(frames) < count and total < size:
                    frame = _read_frame(file)
                    if frame is None:
                        break
                    frames.append((number, *frame))
                    total += len(frame[0])
                    number += 1
                self._reader = (number, path, file.tell())
            if number == begun:
                break
        return frames

    def _place_of(self, number, segments):
        for first, path in segments:
            if first == number:
                return path, 0
        if self._reader is not None and self._reader[0] == number:
            return self._reader[1:]
        for first, path in reversed(segments):
            if first < number:
                with open(path, "rb") as file:
                    for _ in range(number - first):
                        if _read_frame(file) is None:
                            return None
                    return path, file.tell()
        return None

    def digest_of(self, number):
        """CRC of an operation as the server is told it; of none, empty. None when it is no longer there."""
        if number == 0:
            return ""
        if number == self.state["acknowledged"]:
            return self.state["digest"]
        frames = self.read(number - 1, count=1, size=1)
        return f"{frames[0][2]:08x}" if frames else None

    def refuse(self, refusals, payloads):
        """Keeps operations that the server refused, with the reason it gave."""
        if not refusals:
            return
        with self._mutex, open(os.path.join(self.folder, "refused.jsonl"), "a", encoding="utf-8") as file:
            for refusal in refusals:
                operation = json.loads(payloads[refusal["sequence"]])
                file.write(json.dumps({**refusal, "operation": operation}) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def acknowledge(self, number, digest, sent_files=()):
        """The server has done or refused all up to `number`: what is no longer needed goes."""
        with self._mutex:
            self.state.update(acknowledged=number, digest=digest)
            for sha256 in sent_files:
                self._uses[sha256] = self._uses.get(sha256, 1) - 1
                if self._uses[sha256] <= 0:
                    self._forget(self.file_path(sha256))
            while len(self._segments) > 1 and self._segments[1][0] <= number + 1:
                self._forget(self._segments.pop(0)[1])
        try:
            self.save()
        except OSError:
            pass  # the disk is full: the server knows how far it is, too

    def _forget(self, path):
        try:
            self.used -= os.path.getsize(path)
            os.unlink(path)
        except FileNotFoundError:
            pass

    def close(self):
        with self._mutex:
            self.sync()
            if self._current is not None:
                os.close(self._current)
                self._current = None
            self._lock.close()

    def remove(self):
        """Nothing is left to be sent: the folder goes, unless refused operations are kept in it."""
        with self._mutex:
            if os.path.exists(os.path.join(self.folder, "refused.jsonl")):
                return
            for name in os.listdir(self.folder):
                if name.endswith(".ops") or name in ("state.json", "lock"):
                    os.unlink(os.path.join(self.folder, name))
            for sub in ("files", ""):
                try:
                    os.rmdir(os.path.join(self.folder, sub))
                except OSError:
                    return


def _read_frame(file):
    """The next whole frame; None, and the place as it was, behind the last good one."""
    start = file.tell()
    header = file.read(HEADER.size)
    if len(header) == HEADER.size:
        length, crc = HEADER.unpack(header)
        payload = file.read(length)
        if len(payload) == length and zlib.crc32(payload) == crc:
            return payload, crc
    file.seek(start)
    return None

