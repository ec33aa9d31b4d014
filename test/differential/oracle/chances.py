"""Answers of vectors/statistics about chances: special functions, generator and hash, intervals, two-sample tests."""

import math
import struct
from fractions import Fraction

import numpy as np
from scipy import special

from . import Refused, Undefined
from .contracts import Generator, holm
from .intervals import clopper_pearson, hybrid_bounds, wilson
from .special import gamma_tails, z_of


def chi2_sf(a):
    return float(gamma_tails(a['df'] / 2, max(0, a['x']) / 2)[1])


FUNCTIONS = {
    'normal_cdf': lambda a: float(special.ndtr(a['x'])),
    'normal_sf': lambda a: float(special.ndtr(-a['x'])),
    'normal_log_sf': lambda a: float(special.log_ndtr(-a['x'])),
    'normal_quantile': lambda a: float(special.ndtri(a['p'])),
    'erf': lambda a: math.erf(a['x']),
    'erfc': lambda a: math.erfc(a['x']),
    'chi2_sf': chi2_sf,
    'chi2_log_sf': lambda a: float(gamma_tails(a['df'] / 2, a['x'] / 2)[1].ln()),
    'gamma_p': lambda a: float(gamma_tails(a['a'], a['x'])[0]),
    'gamma_q': lambda a: float(gamma_tails(a['a'], a['x'])[1]),
    'beta_i': lambda a: float(special.betainc(a['a'], a['b'], a['x'])),
    'beta_quantile': lambda a: float(special.betaincinv(a['a'], a['b'], a['p'])),
    'kolmogorov_sf': lambda a: float(special.kolmogorov(a['lambda'])),
}


def murmur3_x86_128(data):
    """MurmurHash3 x86 128-bit, seed 0, as four lanes."""
    mask, c = 0xFFFFFFFF, (0x239B961B, 0xAB0E9789, 0x38B34AE5, 0xA1E38B93)
    rot = lambda x, n: (x << n | x >> 32 - n) & mask
    h = [0, 0, 0, 0]
    mix = ((c[0], c[1], 15), (c[1], c[2], 16), (c[2], c[3], 17), (c[3], c[0], 18))
    after = ((19, 0x561CCD1B), (17, 0x0BCAA747), (15, 0x96CD1C35), (13, 0x32AC3B17))
    whole = len(data) // 16 * 16
    for at in range(0, whole, 16):
        for i, k in enumerate(struct.unpack_from('<4I', data, at)):
            first, second, turn = mix[i]
            h[i] ^= rot(k * first & mask, turn) * second & mask
            h[i] = (rot(h[i], after[i][0]) + h[(i + 1) % 4]) * 5 + after[i][1] & mask
    tail = data[whole:]
    for i, k in enumerate(struct.unpack('<4I', tail.ljust(16, b'\0'))):
        if len(tail) > 4 * i:
            first, second, turn = mix[i]
            h[i] ^= rot(k * first & mask, turn) * second & mask
    h = [x ^ len(data) for x in h]
    h = spread(h)
    for i in range(4):
        x = h[i]
        x = (x ^ x >> 16) * 0x85EBCA6B & mask
        x = (x ^ x >> 13) * 0xC2B2AE35 & mask
        h[i] = x ^ x >> 16
    return spread(h)


def spread(h):
    first = sum(h) & 0xFFFFFFFF
    return [first] + [(x + first) & 0xFFFFFFFF for x in h[1:]]


def bytes_of(kind, value):
    if kind == 'string':
        return value.encode()
    if kind == 'bool':
        return b'\x01' if value else b'\0'
    if kind == 'int':
        return struct.pack('<q', int(value))
    number = float(str(value).replace('Infinity', 'inf'))
    return struct.pack('<d', number if number != 0 else 0.0)


def hash64(kind, value):
    h = murmur3_x86_128(bytes_of(kind, value))
    return h[0] << 32 | h[1]


def repeat(method):
    return lambda a: (lambda g: [method(g, a) for _ in range(a['count'])])(Generator(a['label']))


def check_counts(x, n, alpha=0.05):
    if not 0 < alpha < 0.5:
        raise Refused('ALPHA_OUT_OF_RANGE')
    if x < 0 or n < 0 or x > n:
        raise Refused('INVALID_COUNTS')


def proportion(a, bounds):
    x, n, alpha = a['x'], a['n'], a['alpha']
    check_counts(x, n, alpha)
    if n == 0:
        raise Undefined('no-rows')
    lower, upper = bounds(x, n, alpha)
    return {'lower': lower, 'upper': upper}


def newcombe(a):
    lower, upper = hybrid_bounds(a['x1'], a['n1'], a['x2'], a['n2'], z_of(a['alpha']))
    return {
        'difference': float(Fraction(a['x1'], a['n1']) - Fraction(a['x2'], a['n2'])),
        'lower': lower,
        'upper': upper,
    }


def katz(a):
    x1, n1, x2, n2 = a['x1'], a['n1'], a['x2'], a['n2']
    if x1 == 0 or x2 == 0:
        raise Undefined('zero-count')
    ratio, se = (
        float(Fraction(x1, n1) / Fraction(x2, n2)),
        math.sqrt(Fraction(1, x1) - Fraction(1, n1) + Fraction(1, x2) - Fraction(1, n2)),
    )
    z = z_of(a['alpha'])
    return {'ratio': ratio, 'lower': ratio * math.exp(-z * se), 'upper': ratio * math.exp(z * se)}


def benjamini_hochberg(ps):
    order = sorted(range(len(ps)), key=lambda i: -ps[i])
    out, running = [0.0] * len(ps), 1.0
    for place, i in enumerate(order):
        running = min(running, ps[i] * len(ps) / (len(ps) - place))
        out[i] = running
    return out


def lattice_p(n, m, reach):
    """P(D >= reach/(nm)): one less the share of lattice paths that stay strictly inside; exact integers."""
    row = [0] * (m + 1)
    for i in range(n + 1):
        for j in range(m + 1):
            if i == 0 and j == 0:
                row[j] = 1
            elif abs(i * m - j * n) >= reach:
                row[j] = 0
            else:
                row[j] = (row[j] if i else 0) + (row[j - 1] if j else 0)
    inside = row[m] if reach > 0 else 0
    return float(1 - Fraction(inside, math.comb(n + m, n)))


def ks_reach(x, y):
    """nm * D as an integer."""
    points = sorted(set(x) | set(y))
    xs, ys = np.sort(x), np.sort(y)
    f, g = np.searchsorted(xs, points, 'right'), np.searchsorted(ys, points, 'right')
    return int(np.max(np.abs(f.astype(np.int64) * len(y) - g.astype(np.int64) * len(x))))


def stephens_p(n, m, d):
    root = math.sqrt(n * m / (n + m))
    return float(special.kolmogorov((root + 0.12 + 0.11 / root) * d))


def ks(a):
    x, y = a['reference'], a['current']
    if not x or not y:
        raise Undefined('no-rows')
    reach, n, m = ks_reach(x, y), len(x), len(y)
    d = reach / (n * m)
    return {'d': d, 'p_value': lattice_p(n, m, reach) if a['variant'] == 'exact' else stephens_p(n, m, d)}


def ks_p(a):
    n, m, d = a['n'], a['m'], a['d']
    return stephens_p(n, m, d) if a['variant'] == 'stephens' else lattice_p(n, m, round(d * n * m))


def chi2(a):
    pairs = [(r, c) for r, c in zip(a['reference'], a['current']) if r + c > 0]
    n, m = sum(r for r, _ in pairs), sum(c for _, c in pairs)
    if n == 0 or m == 0:
        raise Undefined('no-rows')
    if len(pairs) < 2:
        raise Undefined('one-category')
    df = len(pairs) - 1
    if a['variant'] == 'evidently':
        if any(r == 0 for r, _ in pairs):
            return {'statistic': math.inf, 'df': df, 'p_value': 0.0}
        statistic = sum((c - (Fraction(r * m) / n)) ** 2 / (Fraction(r * m) / n) for r, c in pairs)
    else:
        statistic = Fraction(0)
        for r, c in pairs:
            for got, side in ((r, n), (c, m)):
                expected = Fraction((r + c) * side) / (n + m)
                gap = abs(got - expected)
                if a['variant'] == 'nannyml' and df == 1:
                    gap -= min(Fraction(1, 2), gap)
                statistic += gap**2 / expected
    return {'statistic': float(statistic), 'df': df, 'p_value': chi2_sf({'x': float(statistic), 'df': df})}


def two_proportion_z(a):
    x1, n1, x2, n2 = a['x1'], a['n1'], a['x2'], a['n2']
    if n1 == 0 or n2 == 0:
        raise Undefined('no-rows')
    pooled = Fraction(x1 + x2, n1 + n2)
    variance = pooled * (1 - pooled) * (Fraction(1, n1) + Fraction(1, n2))
    if variance == 0:
        raise Undefined('zero-variance')
    z = float(Fraction(x1, n1) - Fraction(x2, n2)) / math.sqrt(variance)
    return {'z': z, 'p_value': 2 * float(special.ndtr(-abs(z)))}


def fisher_exact(a):
    a_, b, c, d = a['a'], a['b'], a['c'], a['d']
    if a_ + b + c + d == 0:
        raise Undefined('no-rows')
    row, column, total = a_ + b, a_ + c, a_ + b + c + d
    weight = lambda k: math.comb(column, k) * math.comb(total - column, row - k)
    observed = weight(a_)
    ways = [weight(k) for k in range(max(0, row + column - total), min(row, column) + 1)]
    return float(
        Fraction(sum(w for w in ways if w <= observed * (1 + Fraction(1, 10**7))), math.comb(total, row))
    )


ANSWERS = {
    **FUNCTIONS,
    'u32': repeat(lambda g, a: g.u32()),
    'unit': repeat(lambda g, a: g.unit()),
    'index': repeat(lambda g, a: g.index(a['n'])),
    'shuffle': lambda a: Generator(a['label']).shuffle(a['items']),
    'sketch_hash64': lambda a: f'{hash64(a["type"], a["value"]):016x}',
    'wilson': lambda a: proportion(a, lambda x, n, alpha: wilson(x, n, z_of(alpha))),
    'clopper_pearson': lambda a: proportion(a, clopper_pearson),
    'newcombe_difference': newcombe,
    'katz_ratio': katz,
    'benjamini_hochberg': lambda a: benjamini_hochberg(a['p']),
    'holm': lambda a: holm(a['p']),
    'ks': ks,
    'ks_p': ks_p,
    'chi2': chi2,
    'two_proportion_z': two_proportion_z,
    'fisher_exact': fisher_exact,
}
