"""Loaded by pytest before MLflow's own REST tests: where they would start a server of theirs, they get FETTLE_URL, emptied.

The server is `fettle server --test-reset`, which takes POST /fettle/test/reset on this machine alone.
"""

import contextlib
import os
import pathlib

import pytest
import requests

URL = os.environ["FETTLE_URL"].rstrip("/")
_root = None


def allowed(name):
    """Lines of an allow-list beside this file: part of a test's name, and why it is left out."""
    lines = (pathlib.Path(__file__).parent / name).read_text().splitlines()
    fields = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {pattern: f"{topic}: {reason}" for pattern, topic, reason in fields}


def reset(artifact_root):
    """Empties the server."""
    body = {} if artifact_root is None else {"artifactRoot": artifact_root}
    requests.post(f"{URL}/fettle/test/reset", json=body, timeout=30).raise_for_status()


_allowed = allowed("allow-list.tsv")


def _note_root(backend_uri=None, default_artifact_root=None, *_words, **_named):
    global _root
    _root = default_artifact_root


@contextlib.contextmanager
def _server(*_words, **_named):
    reset(_root)
    yield URL


def pytest_configure(config):
    from mlflow.server import handlers

    from tests.tracking import integration_test_utils

    handlers.initialize_backend_stores = _note_root
    integration_test_utils.ServerThread = _server
    integration_test_utils._init_server = _server


def pytest_collection_modifyitems(config, items):
    kept, left_out = [], []
    for item in items:
        name = item.nodeid.split("::", 1)[-1]
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if "file" in parameters:
            left_out.append(item)
            continue
        reason = next((why for pattern, why in _allowed.items() if pattern in name), None)
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))
        kept.append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept
