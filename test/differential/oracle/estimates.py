"""Answers about performance estimated without labels, and how far the estimate is trusted."""

import math
from fractions import Fraction

from .contracts import exact
from .models import undefined


def cbpe(a):
    ps = [exact(p) for p in a['calibrated']]
    rows = list(zip(ps, a['action'], a['score']))
    n = len(rows)
    tp, fp = sum(p for p, x, _ in rows if x == 1), sum(1 - p for p, x, _ in rows if x == 1)
    fn, tn = sum(p for p, x, _ in rows if x == 0), sum(1 - p for p, x, _ in rows if x == 0)
    pos, neg, acted = tp + fn, fp + tn, sum(a['action'])

    def metric(value, slopes):
        return {
            'estimate': float(value),
            'sd': math.sqrt(sum(s * s * p * (1 - p) for s, p in zip(slopes, ps))),
        }

    acts = a['action']
    out = {
        'tp': float(tp),
        'fp': float(fp),
        'fn': float(fn),
        'tn': float(tn),
        'accuracy': metric((tp + tn) / n, [Fraction(1 if x else -1, n) for x in acts]),
    }
    out['precision'] = (
        undefined('no-predicted-positives')
        if acted == 0
        else metric(tp / acted, [Fraction(x, acted) for x in acts])
    )
    out['recall'] = (
        undefined('no-expected-positives')
        if pos == 0
        else metric(tp / pos, [(x - tp / pos) / pos for x in acts])
    )
    out['fpr'] = (
        undefined('no-expected-negatives')
        if neg == 0
        else metric(fp / neg, [(fp / neg - x) / neg for x in acts])
    )
    bottom = pos + acted
    out['f1'] = (
        undefined('no-positives-anywhere')
        if bottom == 0
        else metric(2 * tp / bottom, [(2 * x - 2 * tp / bottom) / bottom for x in acts])
    )
    if pos == 0 or neg == 0:
        out['auc'] = undefined('no-expected-positives' if pos == 0 else 'no-expected-negatives')
        return out
    k = lambda s, t: Fraction((s > t) * 2 + (s == t), 2)
    scores = a['score']
    above = [sum((1 - q) * k(s, t) for q, t in zip(ps, scores)) for s in scores]
    below = [sum(q * k(t, s) for q, t in zip(ps, scores)) for s in scores]
    auc = sum(p * u for p, u in zip(ps, above)) / (pos * neg)
    out['auc'] = metric(
        auc, [(u - v) / (pos * neg) - auc * (1 / pos - 1 / neg) for u, v in zip(above, below)]
    )
    return out


def grade_window(a):
    spread = math.sqrt(a['sd'] ** 2 + a['realised_sd'] ** 2)
    z = abs(a['realised'] - a['estimate']) / spread
    return {'z': z, 'miss': z > 1.96}


def estimator_trust(a):
    misses = a['misses']
    return 'distrusted' if sum(misses[-10:]) >= 3 else 'ungraded' if len(misses) < 5 else 'trusted'


ANSWERS = {'cbpe': cbpe, 'grade_window': grade_window, 'estimator_trust': estimator_trust}
