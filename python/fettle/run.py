"""A run and what is logged of it."""

import json
import math
import os
import re
import secrets
import threading
import time

from fettle import client as clients
from fettle import facts
from fettle.sender import FlushError
from fettle.spool import SpoolFull
from fettle.system import Sampler

KEY = re.compile(r"^[\w/.\- :]{1,250}$")
BAD_SEGMENT = re.compile(r"(?:^|/)\.{0,2}(?:/|$)")
MOST_METRICS = 1_000
MOST_FACTS = 100
GREATEST_STEP = 2**53 - 1

_active = []


def active_run():
    """The run that was begun last and has not ended; None without one."""
    return _active[-1] if _active else None


def init_run(
    experiment=None,
    name=None,
    *,
    params=None,
    tags=None,
    parent=None,
    resume=None,
    fork_from=None,
    user=None,
    url=None,
    system_metrics=True,
):
    """Begins a run, or goes on with one.

    `resume` is the id of a run that goes on: it is running again, and points are appended. `fork_from` is (run id,
    step): the new run has what that one logged up to the step. `parent` is the id, or the run, this one is a part of.
    Nothing is waited for: with or without a server the run has its id at once.
    """
    if resume is not None and (fork_from is not None or experiment is not None or name is not None):
        raise ValueError("resume goes on with a run as it is: leave out experiment, name and fork_from")
    user = user or os.environ.get("FETTLE_USER") or _login()
    client = clients.current(url=url, user=user)
    if resume is not None:
        run = Run(client, _run_id(resume))
        run._write({"op": "status", "run": run.id, "status": "running", "at": _now()})
    else:
        run = Run(client, secrets.token_hex(16))
        begin = {
            "op": "run",
            "run": run.id,
            "experiment": experiment or os.environ.get("FETTLE_EXPERIMENT") or "Default",
            "user": user,
            "startedAt": _now(),
            "tags": {"mlflow.user": user, **facts.origin(), **_texts("tags", tags or {})},
        }
        if name is not None:
            begin["name"] = _text(name)
        if parent is not None:
            begin["tags"]["mlflow.parentRunId"] = _run_id(parent)
        if fork_from is not None:
            of, step = fork_from
            begin["forkOf"] = {"run": _run_id(of), "step": _step(step)}
            run._first_step = step + 1
        run._begin = begin
        run._write(begin)
    if params:
        run.log_params(params)
    run._start(system_metrics)
    return run


class Run:
    """Made by `init_run`; as a context it ends finished, or failed when its block raises."""

    def __init__(self, client, run_id):
        self.id = run_id
        self.status = "running"
        self._own = client
        self._begin = None
        self._steps = {}
        self._first_step = 0
        self._mutex = threading.Lock()
        self._sampler = None
        self._told = 0

    def __repr__(self):
        return f"<fettle.Run {self.id} {self.status}>"

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.finish("finished" if kind is None else "killed" if kind is KeyboardInterrupt else "failed")

    @property
    def _client(self):
        # A forked child has no threads of its parent's client: it gets a client, and a spool, of its own. It begins the
        # run once more, which changes nothing, since its spool may be sent before its parent's.
        if self._own.pid != os.getpid():
            self._own = clients.current(url=self._own.url, user=self._own.user)
            if self._begin is not None:
                self._own.write(self._begin)
        return self._own

    def _start(self, system_metrics):
        self._client.runs[self.id] = self
        _active.append(self)
        seconds = float(os.environ.get("FETTLE_SYSTEM_METRICS", "10"))
        if system_metrics and seconds > 0:
            self._sampler = Sampler(self._log_system, seconds)
            self._sampler.start()
        self._client.sender.wake()

    def _write(self, operation):
        return self._client.write(operation)

    def log_metric(self, key, value, step=None, at=None):
        """One value of a metric. Without a step, the one after the last this process logged of the key, from 0."""
        self.log_metrics({key: value}, step, at)

    def log_metrics(self, metrics, step=None, at=None):
        """Values of several metrics at one step. `at` is in seconds since 1970; now when left out."""
        moment = _now() if at is None else int(at * 1_000_000)
        points = []
        for key, value in metrics.items():
            points.append([_key(key), _number(key, value), self._step_of(key, step), moment])
        for first in range(0, len(points), MOST_METRICS):
            self._write({"op": "log", "run": self.id, "metrics": points[first : first + MOST_METRICS]})

    def _step_of(self, key, step):
        with self._mutex:
            taken = self._steps.get(key, self._first_step - 1) + 1 if step is None else _step(step)
            self._steps[key] = taken
            return taken

    def _log_system(self, metrics, step):
        if self.status == "running":
            self.log_metrics(metrics, step)

    def log_param(self, key, value):
        """A setting. The same value again changes nothing; another value is refused by the server."""
        self.log_params({key: value})

    def log_params(self, params):
        self._log_facts("params", params)

    def set_tag(self, key, value):
        """A text about the run; the last value wins."""
        self.set_tags({key: value})

    def set_tags(self, tags):
        self._log_facts("tags", tags)

    def _log_facts(self, kind, given):
        pairs = list(_texts(kind, given).items())
        for first in range(0, len(pairs), MOST_FACTS):
            self._write({"op": "log", "run": self.id, kind: dict(pairs[first : first + MOST_FACTS])})

    def log_artifact(self, path, artifact_path=None):
        """A file, kept under its name below `artifact_path`. It is copied to the spool: it may change afterwards."""
        name = os.path.basename(os.fspath(path))
        self._log_file(os.fspath(path), f"{artifact_path.strip('/')}/{name}" if artifact_path else name)

    def log_artifacts(self, folder, artifact_path=None):
        """All files below a folder, by their paths in it."""
        folder = os.fspath(folder)
        if not os.path.isdir(folder):
            raise NotADirectoryError(folder)
        for base, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(base, name)
                below = os.path.relpath(path, folder).replace(os.sep, "/")
                self._log_file(path, f"{artifact_path.strip('/')}/{below}" if artifact_path else below)

    def _log_file(self, path, name):
        if not os.path.isfile(path):
            raise FileNotFoundError(path)
        if BAD_SEGMENT.search(name) or "\\" in name or "#" in name or any(ord(char) < 32 for char in name):
            raise ValueError(f"{name!r} is not a usable artifact path")
        client = self._client
        try:
            sha256, size = client.spool.keep_file(path)
        except (SpoolFull, OSError) as error:
            client.refuse(self.id, "artifacts", 1, error)
            return
        self._write({"op": "file", "run": self.id, "path": name, "hash": f"sha256:{sha256}", "bytes": size})

    def log_dataset(self, name, digest, *, source="", source_type="local", context=None, schema=None, profile=None, tags=None):
        """Data the run was made from. `digest` says which data, in at most 36 characters."""
        given = _texts("tags", tags or {})
        if context is not None:
            given["mlflow.data.context"] = _text(context)
        self._write(
            {
                "op": "inputs",
                "run": self.id,
                "datasets": [
                    {
                        "name": _text(name),
                        "digest": _text(digest),
                        "sourceType": _text(source_type),
                        "source": _text(source),
                        "schema": None if schema is None else _text(schema),
                        "profile": None if profile is None else _text(profile),
                        "tags": given,
                    }
                ],
            }
        )

    def use_training_set(self, training_set, context="training"):
        """Notes that the run learns from a training set of `fettle.training_set`, by version and full hash."""
        sha256 = training_set.sha256
        self.log_dataset(
            training_set.name,
            sha256[:32],
            source=json.dumps({"training_set": training_set.version, "id": training_set.id}),
            source_type="fettle",
            context=context,
            schema=json.dumps(training_set.schema),
            profile=json.dumps({"num_rows": training_set.rows}),
            tags={"fettle.dataset.sha256": sha256, "fettle.dataset.version": training_set.version},
        )
        self.set_tags({"fettle.dataset.sha256": sha256, "fettle.dataset.version": training_set.version})

    @property
    def refused(self):
        """How much was not logged because the spool or the disk was full, by kind."""
        return self._client.refused_of(self.id)

    def flush(self, timeout=60):
        """Returns once all that was logged is at the server. Raises FlushError that names what is not."""
        client = self._client
        number = client.spool.sequence
        done = client.sender.wait_for(number, time.monotonic() + timeout)
        refused = [each for each in client.sender.refused[self._told :] if each["run"] in (self.id, None)]
        self._told = len(client.sender.refused)
        if not done or refused:
            reason = client.sender.fault or client.sender.reason or f"not done in {timeout} s"
            raise FlushError(client.spool, refused, reason)
        if self.refused:
            counts = ", ".join(f"{count} {kind}" for kind, count in sorted(self.refused.items()))
            raise FlushError(client.spool, [{"code": "SPOOL_FULL", "message": f"{counts} were not logged"}], "")

    def finish(self, status="finished"):
        """Ends the run: finished, failed or killed. Waits a while for what is not sent; it never fails for a server."""
        if self.status != "running":
            return
        self.end(status)
        self._client.settle(float(os.environ.get("FETTLE_EXIT_SECONDS", "10")))

    def end(self, status):
        if status not in ("finished", "failed", "killed"):
            raise ValueError(f"a run ends as finished, failed or killed, not {status!r}")
        if self._sampler is not None:
            self._sampler.stop()
        client = self._client
        client.runs.pop(self.id, None)
        if self in _active:
            _active.remove(self)
        client.tag_incomplete(self.id)
        self._write({"op": "status", "run": self.id, "status": status, "at": _now()})
        self.status = status


def _now():
    return time.time_ns() // 1000


def _login():
    import getpass

    try:
        return re.sub(r"[^\w:/.@-]", "_", getpass.getuser()) or "unknown"
    except (KeyError, OSError):
        return "unknown"


def _run_id(run):
    run_id = run.id if isinstance(run, Run) else str(run)
    if not re.fullmatch(r"[0-9a-f]{32}", run_id):
        raise ValueError(f"{run_id!r} is not the id of a run: 32 hex digits")
    return run_id


def _key(key):
    if not isinstance(key, str) or not KEY.match(key) or BAD_SEGMENT.search(key):
        raise ValueError(f"{key!r} is not a usable name: up to 250 letters, digits, _ - . / : and spaces")
    return key


def _number(key, value):
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"metric {key}: a number is wanted, not {value!r}") from error
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _step(step):
    whole = int(step)
    if whole != step or abs(whole) > GREATEST_STEP:
        raise ValueError(f"step {step!r}: a whole number between -(2^53 - 1) and 2^53 - 1 is wanted")
    return whole


def _text(value):
    """As UTF-8 can carry it."""
    return str(value).encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def _texts(what, given):
    return {_key(key): _text(value) for key, value in given.items()}
