"""Steps of a scenario: each runs once, in order, and one JSON line says how it ended.

Only the public SDK is used here, as it comes from PyPI: what passes against MLflow's own server must pass against any
server that speaks its API.
"""

import json
import os
import sys
import time
import traceback
from types import SimpleNamespace

import mlflow
from mlflow.exceptions import MlflowException

#: Major version of the SDK that runs.
LINE = int(mlflow.__version__.split(".")[0])
#: Whether the server is MLflow's own: some steps show what it does otherwise.
OWN_SERVER = os.environ.get("SCENARIO_SERVER") == "mlflow"

#: What earlier steps leave for later ones.
shared = SimpleNamespace()
_steps = []


def step(function=None, *, only=True):
    """Registers a step under its function's name; `only=False` leaves it out, for another line or server."""
    if function is None:
        return lambda given: step(given, only=only)
    if only:
        _steps.append(function)
    return function


def refused(code, call, *words, **named):
    """The call must be refused with this error code; the error is handed back."""
    try:
        call(*words, **named)
    except MlflowException as error:
        assert error.error_code == code, f"{error.error_code} instead of {code}: {error.message}"
        return error
    raise AssertionError(f"not refused: {getattr(call, '__name__', call)}")


def equal(actual, expected):
    assert actual == expected, f"{actual!r} instead of {expected!r}"


def run_all():
    failures = 0
    for function in _steps:
        started = time.time()
        error = None
        try:
            function()
        except BaseException:
            error = traceback.format_exc(limit=-6)
            failures += 1
        finally:
            while mlflow.active_run() is not None:
                mlflow.end_run()
        line = {"step": function.__name__, "from": started * 1000, "to": time.time() * 1000, "error": error}
        print("@step " + json.dumps(line), flush=True)
    sys.exit(1 if failures else 0)
