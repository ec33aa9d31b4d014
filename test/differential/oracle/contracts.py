"""Answers for the vector files of contracts: bounds, clusters, bootstrap, verdicts, power, acceptance."""

import hashlib
import math
from fractions import Fraction

import numpy as np
from scipy import special

from . import Undefined
from . import intervals as iv
from .special import binomial_cdf, normal_cdf, z_of


def binomial_bounds(a):
    x, n, alpha = a['x'], a['n'], a['alpha']
    if n == 0:
        raise Undefined('no-rows')
    z1, z2 = z_of(alpha), z_of(alpha / 2)
    cp, cp2 = iv.clopper_pearson(x, n, alpha), iv.clopper_pearson(x, n, alpha / 2)
    w1, w2 = iv.wilson(x, n, z1), iv.wilson(x, n, z2)
    names = ('cp', 'cp2', 'wilson1', 'wilson2')
    return {
        f'{name}_{side}': pair[i]
        for name, pair in zip(names, (cp, cp2, w1, w2))
        for i, side in enumerate(('lower', 'upper'))
    }


def mcnemar(a):
    b, c = a['b'], a['c']
    n = b + c
    new, old = iv.half_tail(b, n), iv.half_tail(c, n)
    two = min(1.0, 2 * iv.half_tail(max(b, c), n))
    observed = (
        math.exp(math.lgamma(n + 1) - math.lgamma(b + 1) - math.lgamma(c + 1) - n * math.log(2))
        if n > 1000
        else float(Fraction(math.comb(n, b), 2**n))
    )
    return {
        'p_new_more': new,
        'p_old_more': old,
        'p_two_sided': two,
        'mid_p': 1 - observed if b == c else two - observed,
    }


def paired_difference(a):
    n, b, c, alpha = a['n'], a['b'], a['c'], a['alpha']
    d = (b - c) / n
    z = z_of(alpha)
    se = math.sqrt(max(0, b + c - (b - c) ** 2 / n)) / n
    gl, gu = iv.gate_bounds(n, b, c, alpha)
    out = {
        'd': d,
        'wald_se': se,
        'wald_lower': d - z * se,
        'wald_upper': d + z * se,
        'score_lower': iv.score_bound(n, b, c, z),
        'score_upper': iv.score_bound(n, b, c, -z),
        'gate_lower': gl,
        'gate_upper': gu,
        'margins': [],
    }
    for m in a['margins']:
        t, sp, sf = iv.score_p(n, b, c, m)
        gp, gf = iv.gate_p(n, b, c, m)
        out['margins'].append(
            {'m': m, 'T': t, 'score_p_pass': sp, 'score_p_fail': sf, 'gate_p_pass': gp, 'gate_p_fail': gf}
        )
    return out


def unpaired_difference(a):
    x1, n1, x0, n0 = a['x1'], a['n1'], a['x0'], a['n0']
    lower, upper = iv.hybrid_bounds(x1, n1, x0, n0, z_of(a['alpha']))
    margins = []
    for m in a['margins']:
        p, f = iv.unpaired_p(x1, n1, x0, n0, m)
        margins.append({'m': m, 'p_pass': p, 'p_fail': f})
    return {
        'd': float(Fraction(x1) / Fraction(n1) - Fraction(x0) / Fraction(n0)),
        'lower': lower,
        'upper': upper,
        'margins': margins,
    }


def design_effect(sizes, sums, v_iid, d):
    n, g = sum(sizes), len(sizes)
    if g < 2:
        return None, Fraction(1)
    v_cl = Fraction(g, g - 1) * sum((s - k * d) ** 2 for s, k in zip(sums, sizes)) / n**2
    if v_iid == 0 or all(k == 1 for k in sizes):
        return v_cl, Fraction(1)
    return v_cl, max(Fraction(1), v_cl / v_iid)


def clustered_counts(a):
    if 'rate_clusters' in a:
        groups = a['rate_clusters']
        sizes, xs = [g['n'] for g in groups], [g['x'] for g in groups]
        n, x = sum(sizes), sum(xs)
        p = Fraction(x, n)
        _, deff = design_effect(sizes, xs, p * (1 - p) / n, p)
        ne, xe = float(n / deff), float(x / deff)
        lower, upper = iv.clopper_pearson(xe, ne, a['alpha'])
        if x == n:
            upper = 1.0
        p_pass, p_fail = iv.at_most_p(xe, ne, a['limit'])
        return {
            'n': n,
            'x': x,
            'rate': float(p),
            'deff': float(deff),
            'n_eff': ne,
            'x_eff': xe,
            'cp_lower': lower,
            'cp_upper': upper,
            'p_pass': p_pass,
            'p_fail': p_fail,
        }
    groups = a['clusters']
    sizes, sums = [g['n'] for g in groups], [g['b'] - g['c'] for g in groups]
    n, b, c = sum(sizes), sum(g['b'] for g in groups), sum(g['c'] for g in groups)
    d = Fraction(b - c, n)
    v_iid = (Fraction(b + c, n) - d * d) / n
    v_cl, deff = design_effect(sizes, sums, v_iid, d)
    ne, be, ce = float(n / deff), float(b / deff), float(c / deff)
    lower, upper = iv.gate_bounds(ne, be, ce, a['alpha'])
    p_pass, p_fail = iv.gate_p(ne, be, ce, a['margin'])
    out = {
        'n': n,
        'b': b,
        'c': c,
        'd': float(d),
        'var_iid': float(v_iid),
        'deff': float(deff),
        'n_eff': ne,
        'b_eff': be,
        'c_eff': ce,
        'gate_lower': lower,
        'gate_upper': upper,
        'p_pass': p_pass,
        'p_fail': p_fail,
    }
    if v_cl is not None:
        out['var_cluster'] = float(v_cl)
    return out


class Generator:
    """xoshiro128** seeded with the first 16 bytes of SHA-256 of the label."""

    def __init__(self, label):
        digest = hashlib.sha256(label.encode()).digest()
        self.s = [int.from_bytes(digest[4 * i : 4 * i + 4], 'little') for i in range(4)]

    def u32(self):
        s, mask = self.s, 0xFFFFFFFF
        x = s[1] * 5 & mask
        x = (x << 7 | x >> 25) & mask
        result = x * 9 & mask
        t = s[1] << 9 & mask
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = (s[3] << 11 | s[3] >> 21) & mask
        return result

    def unit(self):
        a, b = self.u32(), self.u32()
        return ((a >> 5) * 67108864 + (b >> 6)) / 9007199254740992

    def index(self, n):
        return int(self.unit() * n)

    def shuffle(self, items):
        items = list(items)
        for i in range(len(items) - 1, 0, -1):
            j = self.index(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


def exact(v):
    return Fraction(repr(v)) if isinstance(v, float) else Fraction(v)


def auc_pairs(negative, positive, weight_n, weight_p):
    """2 * sum of weights where the positive wins, ties once, as integers."""
    order = np.sign(positive[:, None] - negative[None, :]).astype(np.int64) + 1
    return int(weight_p @ order @ weight_n)


def statistic_by_counts(name, records):
    """theta as a function of how often each cluster is drawn; exact rationals, None where undefined."""
    cluster = np.array([r['cluster'] for r in records])
    if name == 'mean_harm':
        diff = [exact(r['new']) - exact(r['old']) for r in records]
        groups = int(cluster.max()) + 1
        sums = [sum((d for d, k in zip(diff, cluster) if k == g), Fraction(0)) for g in range(groups)]
        sizes = [int((cluster == g).sum()) for g in range(groups)]

        def mean(counts):
            n = sum(int(c) * s for c, s in zip(counts, sizes))
            return None if n == 0 else sum((int(c) * s for c, s in zip(counts, sums)), Fraction(0)) / n

        return mean
    label = np.array([r['label'] for r in records])
    old, new = np.array([r['old'] for r in records], float), np.array([r['new'] for r in records], float)

    def auc(counts):
        weight = np.asarray(counts)[cluster].astype(np.int64)
        wp, wn = weight[label == 1], weight[label == 0]
        total = int(wp.sum()) * int(wn.sum())
        if total == 0:
            return None
        o = auc_pairs(old[label == 0], old[label == 1], wn, wp)
        w = auc_pairs(new[label == 0], new[label == 1], wn, wp)
        return Fraction(o - w, 2 * total)

    return auc


def cluster_bootstrap(a):
    if a['test'] == 'generator':
        return {
            'state': Generator(a['seed']).s,
            'u32': (lambda g: [g.u32() for _ in range(6)])(Generator(a['seed'])),
            'index': (lambda g: [g.index(a['clusters']) for _ in range(12)])(Generator(a['seed'])),
        }
    records, alpha, margin = a['records'], a['alpha'], a['margin']
    groups = max(r['cluster'] for r in records) + 1
    theta = statistic_by_counts(a['statistic'], records)
    estimate = theta([1] * groups)
    g = Generator(a['seed'])
    replicates, undefined = [], 0
    for _ in range(a['replicates']):
        counts = np.bincount([g.index(groups) for _ in range(groups)], minlength=groups)
        value = theta(counts)
        if value is None:
            undefined += 1
        else:
            replicates.append(value)
    left = [theta([0 if i == j else 1 for i in range(groups)]) for j in range(groups)]
    left = [v for v in left if v is not None]
    mean = sum(left) / len(left)
    second, third = sum((mean - v) ** 2 for v in left), sum((mean - v) ** 3 for v in left)
    acceleration = 0.0 if second == 0 else float(third) / (6 * float(second) ** 1.5)
    b = len(replicates)

    def share(value):
        slack = Fraction(1, 10**12) * max(1, abs(value))
        below = sum(1 for r in replicates if r < value - slack)
        ties = sum(1 for r in replicates if abs(r - value) <= slack)
        return min(max((below + ties / 2) / b, 1 / (b + 1)), b / (b + 1))

    z0 = float(special.ndtri(share(estimate)))
    ordered = sorted(replicates)

    def bound(z):
        p = normal_cdf(z0 + (z0 + z) / (1 - acceleration * (z0 + z)))
        position = (b + 1) * p
        low = math.floor(position)
        if position <= 1:
            return float(ordered[0])
        if position >= b:
            return float(ordered[-1])
        return float(ordered[low - 1]) + (position - low) * float(ordered[low] - ordered[low - 1])

    z = z_of(alpha)
    w = float(special.ndtri(share(exact(margin)))) - z0
    at = w / (1 + acceleration * w) - z0
    return {
        'estimate': float(estimate),
        'undefined_replicates': undefined,
        'z0': z0,
        'acceleration': acceleration,
        'lower': bound(-z),
        'upper': bound(z),
        'p_pass': normal_cdf(-at),
        'p_fail': normal_cdf(at),
    }


def holm(ps):
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    out, running = [0.0] * len(ps), 0.0
    for rank, i in enumerate(order):
        running = max(running, min(1.0, (len(ps) - rank) * ps[i]))
        out[i] = running
    return out


def cell_p(cell):
    kind = cell['kind']
    if kind == 'at_most':
        return iv.at_most_p(cell['x'], cell['n'], cell['limit'])
    if kind == 'at_least':
        below, above = iv.at_most_p(cell['x'], cell['n'], cell['limit'])
        return above, below
    b, c, n = cell['b'], cell['c'], cell['n']
    if cell.get('better') == 'higher':
        b, c = c, b
    if kind == 'no_worse':
        return iv.gate_p(n, b, c, cell['margin'])
    if kind == 'better':
        return iv.gate_p(n, b, c, -cell.get('by', 0))
    m = cell['margin']
    up, down = iv.gate_p(n, b, c, m), iv.gate_p(n, c, b, m)
    return max(up[0], down[0]), min(1.0, 2 * min(up[1], down[1]))


def verdicts(a):
    alpha, out = a['alpha'], []
    for cell in a['cells']:
        p_pass, p_fail = cell_p(cell)
        out.append({'cell': cell['cell'], 'p_pass': p_pass, 'p_fail': p_fail})
    paired = [c['kind'] not in ('at_most', 'at_least') for c in a['cells']]
    few = [p and c['n'] < 30 for p, c in zip(paired, a['cells'])]
    family = [i for i, c in enumerate(a['cells']) if c['protected'] and not few[i]]
    adjusted = dict(zip(family, holm([out[i]['p_fail'] for i in family])))
    for i, cell in enumerate(out):
        if few[i]:
            cell.update(verdict='inconclusive', reason='too-few')
            continue
        p_fail = adjusted.get(i, cell['p_fail'])
        cell['verdict'] = 'pass' if cell['p_pass'] <= alpha else 'fail' if p_fail <= alpha else 'inconclusive'
        if i in adjusted:
            cell['p_fail_holm'] = p_fail
    protected = [c['verdict'] for c, s in zip(out, a['cells']) if s['protected']]
    release = 'fail' if 'fail' in protected else 'inconclusive' if 'inconclusive' in protected else 'pass'
    return {'cells': out, 'release': release}


def largest_passing_x(n, limit, alpha):
    """Largest x with U(x) <= limit, which is P(Bin(n, limit) <= x) <= alpha; -1 for none."""
    low, high = -1, n
    while high - low > 1:
        middle = (low + high) // 2
        if binomial_cdf(middle, n, limit) <= alpha:
            low = middle
        else:
            high = middle
    return low


def power(a):
    plan = a['plan']
    if plan == 'set':
        level, beta = a['alpha'] / a['looks'], (1 - a['power']) / a['protected_cells']
        return {'alpha_per_look': level, 'beta_per_cell': beta, 'z_alpha': z_of(level), 'z_beta': z_of(beta)}
    if plan == 'zero_events':
        return {'n': math.ceil(math.log(a['alpha']) / math.log1p(-a['limit']))}
    if plan == 'at_most':
        x = largest_passing_x(a['n'], a['limit'], a['alpha'])
        return {'largest_passing_x': x, 'power': binomial_cdf(x, a['n'], a['assumed'])}
    if plan == 'at_most_smallest_n':
        n = 1
        while binomial_cdf(largest_passing_x(n, a['limit'], a['alpha']), n, a['assumed']) < 1 - a['beta']:
            n += 1
        return {'n': n}
    za, zb = z_of(a['alpha']), z_of(a['beta'])
    if plan == 'unpaired':
        p1, p0, k = a['p_new'], a['p_old'], a['old_per_new']
        h0 = p1 - p0
        return {
            'n_new': math.ceil((za + zb) ** 2 * (p1 * (1 - p1) + p0 * (1 - p0) / k) / (a['margin'] - h0) ** 2)
        }
    pd, m, h0 = a['disagreement'], a['margin'], a['assumed_harm']
    b = -pd + (2 - h0) * m
    c = -0.5 * (pd - h0) * m * (1 - m)
    q = (math.sqrt(b * b - 8 * c) - b) / 4
    v = 2 * q + m * (1 - m)
    return {
        'null_variance': v,
        'n': math.ceil(((za * math.sqrt(v) + zb * math.sqrt(pd - h0**2)) / (m - h0)) ** 2),
    }


def acceptance(a):
    lower, _ = iv.clopper_pearson(a['accepted'], a['decided'], a['alpha'])
    return {'lower': lower, 'enough_for_veto': lower >= 0.9, 'enough_for_auto': lower >= 0.95}


ANSWERS = {
    'binomial-bounds': binomial_bounds,
    'mcnemar': mcnemar,
    'paired-difference': paired_difference,
    'unpaired-difference': unpaired_difference,
    'clustered-counts': clustered_counts,
    'cluster-bootstrap': cluster_bootstrap,
    'verdicts': verdicts,
    'power': power,
    'acceptance': acceptance,
}
