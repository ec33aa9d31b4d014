"""Random cases of every schema; one module per topic, each a table of file name -> (tolerance, function of a seeded random)."""

import importlib
import pkgutil


def makers():
    table = {}
    for module in pkgutil.iter_modules(__path__):
        table.update(getattr(importlib.import_module(f'{__name__}.{module.name}'), 'MAKERS', {}))
    return table
