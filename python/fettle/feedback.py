"""What became of predictions: labels, yes or no, corrections, amounts. See docs/feedback.md."""

import datetime
import urllib.parse

from fettle.server import Server

ITEMS_AT_ONCE = 5000


def feedback(deployment, items, url=None, token=None):
    """Sends items about predictions of a deployment; answers how many were accepted, duplicate, pending, and which rejected.

    An item is a dict: prediction_id, or request_id and row, or key; kind, value, event_time, and if wanted known_time,
    feedback_id, source, actor_class, actor, note. Times are datetimes with a zone, or RFC 3339 texts. Each item is taken or
    refused by itself, and sending one again is harmless. Raises FettleError and Unreachable.
    """
    server = Server(url, token)
    total = {"accepted": 0, "duplicate": 0, "pending": 0, "rejected": []}
    path = f"/deployments/{urllib.parse.quote(deployment, safe='')}/feedback"
    batch, sent = [], 0
    try:
        for item in items:
            batch.append(_wire(item))
            if len(batch) == ITEMS_AT_ONCE:
                sent = _send(server, path, batch, total, sent)
                batch = []
        if batch:
            _send(server, path, batch, total, sent)
    finally:
        server.close()
    return total


def _send(server, path, batch, total, sent):
    reply = server.call("POST", path, {"items": batch})
    for name in ("accepted", "duplicate", "pending"):
        total[name] += reply[name]
    total["rejected"] += [{**each, "index": each["index"] + sent} for each in reply["rejected"]]
    return sent + len(batch)


def _wire(item):
    return {name: _text(name, value) for name, value in item.items() if value is not None or name == "value"}


def _text(name, value):
    if not isinstance(value, datetime.datetime):
        return value
    if value.tzinfo is None:
        raise ValueError(f"{name} {value} has no time zone")
    return value.astimezone(datetime.timezone.utc).isoformat()
