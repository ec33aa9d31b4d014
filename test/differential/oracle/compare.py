"""The vector files' own rule of equality: |got - want| <= max(abs, rel * |want|), all else equal."""

import math


def difference(got, want, tolerance, path='answer'):
    if isinstance(want, list):
        if not isinstance(got, list) or len(got) != len(want):
            return f'{path}: {got} for {want}'
        pairs = [(f'{path}[{i}]', g, w) for i, (g, w) in enumerate(zip(got, want))]
    elif isinstance(want, dict):
        if not isinstance(got, dict):
            return f'{path}: {got} for {want}'
        pairs = [(f'{path}.{k}', got.get(k, 'absent'), w) for k, w in want.items()]
    else:
        return None if same(got, want, tolerance) else f'{path}: {got!r} for {want!r}'
    return next((d for d in (difference(g, w, tolerance, p) for p, g, w in pairs) if d), None)


def same(got, want, tolerance):
    number = lambda v: isinstance(v, (int, float)) and not isinstance(v, bool)
    if number(want):
        return number(got) and (
            got == want or abs(got - want) <= max(tolerance['abs'], tolerance['rel'] * abs(want))
        )
    if number(got) and not math.isfinite(got):
        return {'nan': 'NaN', 'inf': 'Infinity', '-inf': '-Infinity'}[str(got)] == want
    return type(got) is type(want) and got == want
