"""Answers about drift (monitoring.md 3): frozen bins, moved mass, other products' numbers, decisions."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np
from scipy import special, stats

from . import Refused, Undefined
from .chances import benjamini_hochberg, chi2, ks, ks_reach

MISSING = (None, 'NaN')


def number(v):
    return float(v.replace('Infinity', 'inf')) if isinstance(v, str) and v in ('Infinity', '-Infinity') else v


def is_number(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool)


def numeric_bins(a):
    present = [number(v) for v in a['reference'] if v not in MISSING]
    f = len(present)
    tally = Counter(present)
    masses = sorted(v for v, c in tally.items() if 50 * c >= f and c >= 10)
    rest = sorted(v for v in present if v not in masses)
    r = len(rest)
    k = max(1, (20 * r + f) // (2 * f)) if f else 1
    cuts = sorted({rest[-(-j * r // k) - 1] for j in range(1, k)}) if r else []
    cuts = [c for c in cuts if c != rest[-1]] if r else []

    def place(values):
        counts = [0] * (len(cuts) + 1 + len(masses) + 2)
        for raw in values:
            v = number(raw)
            if v in MISSING:
                counts[-1] += 1
            elif not is_number(v):
                counts[-2] += 1
            elif v in masses:
                counts[len(cuts) + 1 + masses.index(v)] += 1
            else:
                counts[sum(c < v for c in cuts)] += 1
        return counts

    return {
        'cuts': cuts,
        'masses': masses,
        'reference_counts': place(a['reference']),
        'window_counts': [place(w) for w in a['windows']],
    }


def category_bins(a):
    absent = (None,)
    present = [v for v in a['reference'] if v not in absent]
    tally = Counter(present)
    own = sorted(
        (v for v, c in tally.items() if 100 * c >= len(present)),
        key=lambda v: (-tally[v], [ord(ch) for ch in v]),
    )[:50]
    known = len(tally) <= a.get('max_seen', 10000)

    def place(values):
        counts = [0] * (len(own) + 3)
        for v in values:
            if v in absent:
                counts[-1] += 1
            elif v in own:
                counts[own.index(v)] += 1
            else:
                counts[-2 if known and v not in tally else -3] += 1
        return counts

    return {
        'own': own,
        'unseen_known': known,
        'reference_counts': place(a['reference']),
        'window_counts': [place(w) for w in a['windows']],
    }


def two_counts(a):
    r, c = a['reference'], a['current']
    if any(v < 0 or v != int(v) for v in r + c):
        raise Refused('INVALID_COUNTS')
    n, m = sum(r), sum(c)
    if n == 0 or m == 0:
        raise Undefined('no-rows')
    if len(r) != len(c):
        raise Refused('LENGTH_MISMATCH')
    return r, c, n, m


def tv(a):
    r, c, n, m = two_counts(a)
    dr, dc = (Fraction(str(a.get('design_effect', {}).get(side, 1))) for side in ('reference', 'current'))
    p, q = [Fraction(v, n) for v in r], [Fraction(v, m) for v in c]
    d = [y - x for x, y in zip(p, q)]
    moved = sum(abs(x) for x in d) / 2
    mu = 0.0
    for x, y, gap in zip(p, q, d):
        v = float(dr * x * (1 - x) / n + dc * y * (1 - y) / m)
        g = abs(float(gap))
        mu += (
            g
            if v == 0
            else g * math.erf(g / math.sqrt(2 * v)) + math.sqrt(2 * v / math.pi) * math.exp(-g * g / (2 * v))
        )
    mu /= 2
    sign = [1 if x >= 0 else -1 for x in d]
    up, down = sum(s * v for s, v in zip(sign, r)), sum(s * v for s, v in zip(sign, c))
    sd = math.sqrt((dr * Fraction(n * n - up * up, n**3) + dc * Fraction(m * m - down * down, m**3)) / 4)
    kept = [(x, y) for x, y in zip(r, c) if x + y]
    chi2_p = (
        1.0
        if len(kept) < 2
        else chi2(
            {'variant': 'contingency', 'reference': [v / dr for v in r], 'current': [v / dc for v in c]}
        )['p_value']
    )
    out = {'tv': float(moved), 'mu': mu, 'sd': sd, 'chi2_p': chi2_p, 'lower': 0.0, 'p_value': 1.0}
    if chi2_p <= 0.01:
        excess = 2 * float(moved) - mu
        over = excess - a['limit']
        out['lower'] = max(0.0, excess - float(special.ndtri(a['confidence'])) * sd)
        out['p_value'] = (0.0 if over > 0 else 1.0) if sd == 0 else float(special.ndtr(-over / sd))
    return out


def shares(a, filled=False):
    r, c, _, _ = two_counts(a)
    kept = [(x, y) for x, y in zip(r, c) if x + y]
    return (np.array([x for x, _ in kept], float), np.array([y for _, y in kept], float))


def psi_frozen(r, c):
    b = len(r)
    p, q = (r + 0.5) / (r.sum() + b / 2), (c + 0.5) / (c.sum() + b / 2)
    return float(((p - q) * np.log(p / q)).sum())


def filled(share):
    if not (share == 0).any():
        return share
    least = share[share > 0].min()
    return np.where(share == 0, 1e-4 if least > 1e-4 else least / 1e6, share)


def psi_evidently(r, c):
    p, q = filled(r / r.sum()), filled(c / c.sum())
    return float(((p - q) * np.log(p / q)).sum())


def kl_evidently(r, c):
    p, q = filled(r / r.sum()), filled(c / c.sum())
    p, q = p / p.sum(), q / q.sum()
    return float((p * np.log(p / q)).sum())


def js(p, q, base):
    middle = (p + q) / 2
    part = lambda x: math.fsum(float(u * np.log(u / w)) for u, w in zip(x, middle) if u > 0)
    return max(0.0, (part(p) + part(q)) / 2 / math.log(base))


def counted(compute):
    return lambda a: compute(*shares(a))


def reference_cells(a):
    """NannyML: categories of the reference, plus one cell for all others."""
    r, c, _, _ = two_counts(a)
    known = [(x, y) for x, y in zip(r, c) if x > 0]
    others = sum(y for x, y in zip(r, c) if x == 0)
    known += [(0, others)] if others else []
    return np.array([x for x, _ in known], float), np.array([y for _, y in known], float)


def hellinger(p, q):
    return math.sqrt(max(0.0, float(((np.sqrt(p) - np.sqrt(q)) ** 2).sum()) / 2))


def js_divergence(a):
    r, c = shares(a)
    return js(r / r.sum(), c / c.sum(), math.e)


def by_variant(**table):
    return lambda a: table[a['variant']](a)


def samples(a):
    x, y = a['reference'], a['current']
    if not x or not y:
        raise Undefined('no-rows')
    return np.array(x, float), np.array(y, float)


def evidently_counts(a):
    x, y = samples(a)
    pooled = np.concatenate([x, y])
    if len(np.unique(x)) > 20:
        edges = np.histogram_bin_edges(pooled, bins='sturges')
        return np.histogram(x, edges)[0].astype(float), np.histogram(y, edges)[0].astype(float)
    keys = np.unique(pooled)
    return np.array([(x == k).sum() for k in keys], float), np.array([(y == k).sum() for k in keys], float)


def nannyml_shares(a):
    x, y = samples(a)
    edges = np.histogram_bin_edges(x, bins='doane')
    p, q = np.histogram(x, edges)[0] / len(x), np.histogram(y, edges)[0] / len(y)
    rest = 1 - q.sum()
    return (np.append(p, 0), np.append(q, max(0.0, rest))) if rest > 1e-12 else (p, q)


def frozen_sample(a):
    x, y = samples(a)
    bins = numeric_bins({'reference': list(x), 'windows': [list(y)]})
    pairs = [(r, c) for r, c in zip(bins['reference_counts'], bins['window_counts'][0]) if r + c]
    return {
        'value': psi_frozen(np.array([r for r, _ in pairs], float), np.array([c for _, c in pairs], float)),
        'bins': len(bins['reference_counts']),
    }


def hellinger_evidently(a):
    x, y = samples(a)
    edges = np.histogram_bin_edges(np.unique(np.concatenate([x, y])), bins='sturges')
    p, q = np.histogram(x, edges)[0] / len(x), np.histogram(y, edges)[0] / len(y)
    return {'value': math.sqrt(max(0.0, 1 - float(np.sqrt(p * q).sum()))), 'bins': len(edges) - 1}


def psi_sample_evidently(a):
    r, c = evidently_counts(a)
    return {'value': psi_evidently(r, c), 'bins': len(r)}


def nannyml(measure):
    def compute(a):
        p, q = nannyml_shares(a)
        return {'value': measure(p, q), 'bins': len(np.histogram_bin_edges(samples(a)[0], bins='doane')) - 1}

    return compute


def wasserstein(a):
    x, y = samples(a)
    w = float(stats.wasserstein_distance(x, y))
    return w if a['variant'] == 'nannyml' else w / max(float(np.std(x)), 0.001)


def ks_reach_share(x, y):
    return ks_reach(x, y) / (len(x) * len(y))


def ratio(pair):
    return pair[0] / pair[0].sum(), pair[1] / pair[1].sum()


def l_infinity(a):
    r, c, n, m = two_counts(a)
    return float(max(abs(Fraction(x, n) - Fraction(y, m)) for x, y in zip(r, c)))


def counting_features(a):
    phi = a['mean_abs_phi']
    total, kept, held = sum(Fraction(str(v)) for v in phi.values()), [], 0
    for name in sorted(phi, key=lambda n: (-phi[n], n)):
        if total == 0 or held * 5 >= total * 4:
            break
        kept.append(name)
        held += Fraction(str(phi[name]))
    return kept + ['score']


def drift_windows(a):
    out, history, last = [], {}, None
    for window in a['windows']:
        states, tested = {}, {}
        for name, f in window['features'].items():
            if f is None:
                states[name] = 'no_reference'
            elif min(f['n_reference'], f['n_current']) < max(500, 25 * f['bins_used']):
                states[name] = 'not_enough_data'
            elif name in a['counting']:
                tested[name] = f['p_value']
            else:
                states[name] = 'watched_alarm' if f['p_value'] <= 0.01 else 'quiet'
        adjusted = dict(zip(tested, benjamini_hochberg(list(tested.values()))))
        by = []
        for name, p in tested.items():
            alarm = p <= 0.01 and adjusted[name] <= 0.05
            states[name] = 'alarm' if alarm else 'quiet'
            history.setdefault(name, []).append(alarm)
            if alarm and sum(history[name][-3:]) >= 2:
                by.append(name)
        decision = 'none'
        if by:
            decision = (
                'trigger'
                if last is None or window['day'] - last >= a['cooldown_days']
                else 'suppressed_cooldown'
            )
            if decision == 'trigger':
                last = window['day']
        out.append({'states': states, 'decision': decision, 'by': sorted(by)})
    return out


def retrain_gate(a):
    if a['quality'] == 'fail':
        return {'action': 'incident', 'build': False}
    if a['quality'] == 'inconclusive':
        return {'action': 'hold', 'build': False}
    reason = (
        'schedule'
        if a['schedule_due']
        else 'performance'
        if a['performance'] == 'worse'
        else 'drift'
        if a['drift'] == 'trigger'
        else None
    )
    return (
        {'action': 'build', 'reason': reason, 'build': True} if reason else {'action': 'none', 'build': False}
    )


ANSWERS = {
    'frozen_bins': lambda a: numeric_bins(a) if a['kind'] == 'numeric' else category_bins(a),
    'tv': tv,
    'psi': by_variant(frozen=counted(psi_frozen), evidently=counted(psi_evidently)),
    'kl': counted(kl_evidently),
    'js_divergence': js_divergence,
    'js_distance': by_variant(
        evidently=lambda a: math.sqrt(js_divergence(a)),
        nannyml=lambda a: math.sqrt(js(*ratio(reference_cells(a)), 2)),
    ),
    'hellinger': by_variant(
        nannyml=lambda a: hellinger(*ratio(reference_cells(a))),
        evidently=lambda a: hellinger(*ratio(shares(a))),
    ),
    'l_infinity': l_infinity,
    'psi_sample': by_variant(evidently=psi_sample_evidently, frozen=frozen_sample),
    'js_distance_sample': by_variant(
        evidently=lambda a: math.sqrt(js(*ratio(evidently_counts(a)), math.e)),
        nannyml=nannyml(lambda p, q: math.sqrt(js(p, q, 2))),
    ),
    'hellinger_sample': by_variant(nannyml=nannyml(hellinger), evidently=hellinger_evidently),
    'wasserstein': wasserstein,
    'ks_sample': lambda a: ks({**a, 'variant': 'exact'})['d'],
    'counting_features': counting_features,
    'drift_windows': drift_windows,
    'retrain_gate': retrain_gate,
}
