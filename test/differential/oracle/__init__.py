"""An implementation of the statistics and release rules that is independent of the product; written from the specification only."""

import importlib
import pkgutil

TABLES = None


class Refused(Exception):
    """An expected error code."""


class Undefined(Exception):
    """A quantity without a value, with its reason."""


def tables():
    global TABLES
    if TABLES is None:
        TABLES = {}
        for module in pkgutil.iter_modules(__path__):
            TABLES.update(getattr(importlib.import_module(f'{__name__}.{module.name}'), 'ANSWERS', {}))
    return TABLES


def answer(topic, arguments):
    compute = tables().get(arguments.get('test')) or tables().get(topic)
    if compute is None:
        return NotImplemented
    try:
        return compute(arguments)
    except Refused as refusal:
        return {'error': str(refusal)}
    except Undefined as reason:
        return {'undefined': str(reason)}
