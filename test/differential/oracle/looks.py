"""Answers about looks over time: sequential mixtures, sample ratio, labels (releases.md 9, 10, 12)."""

import math
from fractions import Fraction

import numpy as np
from scipy import special

from . import Undefined


def mixture(d, v, tau, margin, alpha):
    x, t2 = d - margin, tau * tau
    log_lambda = 0.5 * math.log(v / (v + t2)) + t2 * x * x / (2 * v * (v + t2))
    half = math.sqrt(v * (v + t2) / t2 * (2 * math.log(1 / alpha) + math.log((v + t2) / v)))
    return log_lambda, d - half, d + half


def running(looks, alpha):
    """p_harm as a running minimum over the looks that count; harm stays."""
    p, first = 1.0, None
    for i, look in enumerate(looks):
        if look.pop('counts'):
            p = min(p, math.exp(-look['log_lambda']) if look['log_lambda'] > 0 else 1.0)
        look['p_harm'], look['harm'] = p, p <= alpha
        if first is None and p <= alpha:
            first = i + 1
    return first


def sequential_normal(a):
    looks = []
    for s in a['looks']:
        if a['test'] == 'paired':
            d, v, events = (s['b'] - s['c']) / s['n'], a['variance_per_pair'] / s['n'], s['b'] + s['c']
        else:
            d, v = (
                float(Fraction(s['x1'], s['n1']) - Fraction(s['x0'], s['n0'])),
                a['variance'] / s['n1'] + a['variance'] / s['n0'],
            )
            events = s['x1'] + Fraction(s['x0'] * s['n1'], s['n0'])
        log_lambda, lower, upper = mixture(d, v, a['tau'], a['margin'], a['alpha'])
        look = {
            'log_lambda': log_lambda,
            'lower': lower,
            'upper': upper,
            'counts': events >= a['min_events'] and d > a['margin'],
        }
        looks.append(look if a['test'] == 'paired' else {'V': v, **look})
    first = running(looks, a['alpha'])
    return {'looks': looks, 'first_harm_look': first}


def rising_excess(a, n):
    """ln of the rising factorial of a over n factors, less n ln a: as a sum, so that nothing cancels."""
    if n > 2_000_000:
        return float(special.gammaln(a + n) - special.gammaln(a) - n * math.log(a))
    return float(np.sum(np.log1p(np.arange(n, dtype=np.longdouble) / np.longdouble(a))))


def count_mixture(counts, shares):
    k = 2 / min(shares)
    return math.fsum(rising_excess(k * t, c) for c, t in zip(counts, shares)) - rising_excess(k, sum(counts))


def sequential_counts(a):
    w, r = a['weight'], a['rate_ratio']
    theta = r * w / (r * w + 1 - w)
    looks = []
    for new, old in a['looks']:
        share = new / (new + old) if new + old else 0
        looks.append({'log_lambda': count_mixture([new, old], [theta, 1 - theta]), 'counts': share > theta})
    first = running(looks, a['alpha'])
    return {
        'theta0': theta,
        'concentration': 2 / min(theta, 1 - theta),
        'looks': looks,
        'first_harm_look': first,
    }


def sample_ratio(a):
    widths, units = a['bucket_widths'], a['units']
    total, n = sum(widths), sum(units)
    expected = [Fraction(w * n, total) for w in widths]
    chi2 = float(sum((u - e) ** 2 / e for u, e in zip(units, expected)))
    p = float(special.chdtrc(len(widths) - 1, chi2))
    log_lambda = count_mixture(units, [w / total for w in widths])
    decision = 'not-measured' if min(expected) < 10 else 'mismatch' if p < 0.001 else 'ok'
    return {
        'chi2': chi2,
        'df': len(widths) - 1,
        'p': p,
        'log_lambda': log_lambda,
        'decision': decision,
        'live_alarm': log_lambda >= math.log(1000),
    }


def curve(a):
    delays = a['delays_days']
    return {'matured': [sum(d <= age for d in delays) / len(delays) for age in a['ages_days']]}


def weighted_recall(a):
    seen = [(1 / r['propensity'], r['label'], r['new_acts']) for r in a['rows'] if r['label_seen']]
    effective = lambda ws: math.fsum(ws) ** 2 / math.fsum(w * w for w in ws)
    positives = [w for w, y, _ in seen if y == 1]
    if not positives:
        raise Undefined('no-positives')
    return {
        'recall': math.fsum(w for w, y, acts in seen if y == 1 and acts == 1) / math.fsum(positives),
        'n_eff_positives': effective(positives),
        'n_eff_rows': effective([w for w, _, _ in seen]),
    }


def labels(a):
    return curve(a) if a['test'] == 'curve' else weighted_recall(a)


ANSWERS = {
    'sequential-normal': sequential_normal,
    'sequential-counts': sequential_counts,
    'sample-ratio': sample_ratio,
    'labels': labels,
}
