"""Answers for mergeable sketches (monitoring.md 2): HLL with Ertl's improved raw estimator, Misra-Gries, moments."""

import hashlib
import math
from collections import Counter
from fractions import Fraction

from .chances import hash64
from .contracts import exact

Q = 52
M = 4096


def stream(s):
    start = s.get('from', 0)
    for i in range(start, start + s['count']):
        yield (
            ('string', f'user-{i:05d}')
            if s['kind'] == 'string'
            else ('float', i * 0.25)
            if s['kind'] == 'float'
            else ('int', i * 7 - 3)
        )


def registers_of(items):
    registers = bytearray(M)
    for kind, value in items:
        h = hash64(kind, value)
        index, tail = h >> Q, h & (1 << Q) - 1
        registers[index] = max(registers[index], Q - tail.bit_length() + 1)
    return registers


def sigma(x):
    if x == 1:
        return math.inf
    y, z = 1.0, x
    while True:
        x *= x
        before, z = z, z + x * y
        y += y
        if z == before:
            return z


def tau(x):
    if x in (0, 1):
        return 0.0
    y, z = 1.0, 1 - x
    while True:
        x = math.sqrt(x)
        before, y = z, y / 2
        z -= (1 - x) ** 2 * y
        if z == before:
            return z / 3


def estimate(registers):
    histogram = Counter(registers)
    z = M * tau(1 - histogram[Q + 1] / M)
    for k in range(Q, 0, -1):
        z = 0.5 * (z + histogram[k])
    z += M * sigma(histogram[0] / M)
    return M * M / (2 * math.log(2)) / z


def hll_answer(registers):
    return {'registers_sha256': hashlib.sha256(bytes(registers)).hexdigest(), 'estimate': estimate(registers)}


def hll_merge(a):
    parts = [registers_of(stream(s)) for s in a['streams']]
    return hll_answer(bytes(max(column) for column in zip(*parts)))


def misra_gries(a):
    counters, k = {}, a['k']
    for item in a['items']:
        if item in counters or len(counters) < k:
            counters[item] = counters.get(item, 0) + 1
        else:
            counters = {name: c - 1 for name, c in counters.items() if c > 1}
    return {'counters': counters, 'n': len(a['items']), 'max_undercount': len(a['items']) // (k + 1)}


def misra_gries_merge(a):
    k, n = a['k'], a['a']['n'] + a['b']['n']
    total = Counter(a['a']['counters'])
    total.update(a['b']['counters'])
    ordered = sorted(total.values(), reverse=True)
    cut = ordered[k] if len(ordered) > k else 0
    return {
        'counters': {name: c - cut for name, c in total.items() if c > cut},
        'n': n,
        'max_undercount': n // (k + 1),
    }


def moments_merge(a):
    values = [exact(v) for part in a['parts'] for v in part]
    n = len(values)
    mean = sum(values) / Fraction(n)
    return {
        'n': n,
        'mean': float(mean),
        'm2': float(sum((v - mean) ** 2 for v in values)),
        'min': float(min(values)),
        'max': float(max(values)),
    }


ANSWERS = {
    'hll': lambda a: hll_answer(registers_of(stream(a['stream']))),
    'hll_merge': hll_merge,
    'misra_gries': misra_gries,
    'misra_gries_merge': misra_gries_merge,
    'moments_merge': moments_merge,
}
