"""Answers about models: classification and regression."""

import math
from collections import Counter
from fractions import Fraction

from . import Refused, Undefined
from .contracts import exact
from .drift import ks_reach_share


def undefined(reason):
    return {'undefined': reason}


def quotient(top, bottom, reason):
    return undefined(reason) if bottom == 0 else float(Fraction(top) / Fraction(bottom))


def checked(a, *others):
    labels = a['label']
    for name in others:
        if len(a[name]) != len(labels):
            raise Refused('LENGTH_MISMATCH')
    for name in others:
        if name in ('score', 'probability') and any(v in (None, 'NaN') for v in a[name]):
            raise Refused('NOT_A_NUMBER')
    for name in ('label', 'action'):
        if any(v not in (0, 1) for v in a.get(name, [])):
            raise Refused('NOT_BINARY')
    for name in {'score', 'probability'} & set(others):
        a[name] = [float(v) if isinstance(v, str) else v for v in a[name]]
    return labels


def weights(a):
    return [exact(w) for w in a.get('weight', [1] * len(a['label']))]


def table(a):
    labels, count = checked(a, 'action'), Counter()
    for y, x, w in zip(labels, a['action'], weights(a)):
        count[y, x] += w
    return count[1, 1], count[0, 1], count[1, 0], count[0, 0]


def rates(a):
    tp, fp, fn, tn = table(a)
    p, n, total = tp + fn, fp + tn, tp + fp + fn + tn
    f = lambda b2: quotient((1 + b2) * tp, (1 + b2) * tp + b2 * fn + fp, 'no-positives-anywhere')
    recall, specificity = quotient(tp, p, 'no-positives'), quotient(tn, n, 'no-negatives')
    margins = (tp + fp) * p * n * (tn + fn)
    chance = Fraction((tp + fp) * p + (fn + tn) * n) / total**2 if total else 1
    return {
        'accuracy': quotient(tp + tn, total, 'no-rows'),
        'precision': quotient(tp, tp + fp, 'no-predicted-positives'),
        'recall': recall,
        'specificity': specificity,
        'fpr': quotient(fp, n, 'no-negatives'),
        'fnr': quotient(fn, p, 'no-positives'),
        'npv': quotient(tn, tn + fn, 'no-predicted-negatives'),
        'f1': f(1),
        'f2': f(4),
        'f05': f(Fraction(1, 4)),
        'selection_rate': quotient(tp + fp, total, 'no-rows'),
        'base_rate': quotient(p, total, 'no-rows'),
        'balanced_accuracy': next((v for v in (recall, specificity) if isinstance(v, dict)), None)
        or (recall + specificity) / 2,
        'mcc': undefined('empty-margin') if margins == 0 else (tp * tn - fp * fn) / math.sqrt(margins),
        'kappa': undefined('no-rows')
        if total == 0
        else undefined('chance-agreement-is-one')
        if chance == 1
        else float((Fraction(tp + tn) / total - chance) / (1 - chance)),
    }


def split(a):
    labels = checked(a, 'score')
    positive = [s for s, y in zip(a['score'], labels) if y == 1]
    negative = [s for s, y in zip(a['score'], labels) if y == 0]
    return positive, negative


def need(positive, negative):
    if not positive:
        raise Undefined('no-positives')
    if not negative:
        raise Undefined('no-negatives')


def auc_of(a):
    need(*split(a))
    rows = list(zip(a['label'], a['score'], weights(a)))
    positive, negative = ([(s, w) for y, s, w in rows if y == side] for side in (1, 0))
    wins = sum(v * w * ((s > t) * 2 + (s == t)) for s, v in positive for t, w in negative)
    return Fraction(wins) / (2 * sum(v for _, v in positive) * sum(w for _, w in negative))


def pr_auc(a):
    positive, _ = split(a)
    if not positive:
        raise Undefined('no-positives')
    total, found, seen = Fraction(0), Fraction(0), Fraction(0)
    rows = list(zip(a['label'], a['score'], weights(a)))
    whole = sum(w for y, _, w in rows if y == 1)
    for score in sorted(set(a['score']), reverse=True):
        hit = sum(w for y, s, w in rows if s == score and y == 1)
        found, seen = found + hit, seen + sum(w for _, s, w in rows if s == score)
        total += hit / whole * found / seen if seen else 0
    return float(total)


def at_k(a):
    labels, scores, k = checked(a, 'score'), a['score'], a['k']
    taken, hits = 0, Fraction(0)
    for s in sorted(set(scores), reverse=True):
        group = [y for y, t in zip(labels, scores) if t == s]
        room = min(len(group), k - taken)
        hits += Fraction(sum(group) * room, len(group))
        taken += room
    return {
        'precision_at_k': quotient(hits, k if labels else 0, 'no-rows'),
        'recall_at_k': quotient(hits, sum(labels), 'no-positives' if labels else 'no-rows'),
    }


def probabilities(a):
    labels = checked(a, 'probability')
    if any(not 0 <= p <= 1 for p in a['probability']):
        raise Refused('NOT_A_PROBABILITY')
    if not labels:
        raise Undefined('no-rows')
    return labels, a['probability']


def log_loss(a):
    labels, ps = probabilities(a)
    clip = lambda p: min(max(p, 1e-15), 1 - 1e-15)
    ws = weights(a)
    return math.fsum(
        float(w) * (-math.log(clip(p)) if y else -math.log1p(-clip(p))) for y, p, w in zip(labels, ps, ws)
    ) / float(sum(ws))


def brier(a):
    labels, ps = probabilities(a)
    return float(sum(w * (exact(p) - y) ** 2 for y, p, w in zip(labels, ps, weights(a))) / sum(weights(a)))


def multiclass(a):
    labels, predicted = a['label'], a['predicted']
    per, f1s, weighted, hit = {}, [], Fraction(0), 0
    for c in a['classes']:
        tp = sum(y == c == p for y, p in zip(labels, predicted))
        support, named = labels.count(c), predicted.count(c)
        hit += tp
        f1 = quotient(2 * tp, support + named, 'no-positives-anywhere')
        if not isinstance(f1, dict):
            f1s.append(Fraction(2 * tp, support + named))
            weighted += support * f1s[-1]
        per[c] = {
            'precision': quotient(tp, named, 'no-predicted-positives'),
            'recall': quotient(tp, support, 'no-positives'),
            'f1': f1,
            'support': support,
        }
    return {
        'per_class': per,
        'macro_f1': quotient(sum(f1s), len(f1s), 'no-positives-anywhere' if labels else 'no-rows'),
        'macro_classes': len(f1s),
        'weighted_f1': quotient(weighted, len(labels), 'no-rows'),
        'micro_f1': quotient(hit, len(labels), 'no-rows'),
    }


def ipw(a):
    rows = list(zip(a['label'], a['action'], [exact(w) for w in a['weight']]))
    weight = lambda keep: sum(w for y, x, w in rows if keep(y, x))
    both = weight(lambda y, x: y == x == 1)
    return {
        'recall': quotient(both, weight(lambda y, x: y == 1), 'no-positives'),
        'precision': quotient(both, weight(lambda y, x: x == 1), 'no-predicted-positives'),
        'effective_n': quotient(weight(lambda y, x: True) ** 2, sum(w * w for *_, w in rows), 'no-rows'),
    }


def quantile_of(values, q):
    values = sorted(values)
    at = (len(values) - 1) * Fraction(str(q))
    low = math.floor(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def ranks(values):
    order = sorted(values)
    first = {v: i for i, v in reversed(list(enumerate(order)))}
    last = {v: i for i, v in enumerate(order)}
    return [Fraction(first[v] + last[v], 2) for v in values]


def pearson(x, y):
    if len(x) < 2:
        return undefined('too-few-rows')
    mx, my = sum(x) / Fraction(len(x)), sum(y) / Fraction(len(y))
    sxx, syy = sum((v - mx) ** 2 for v in x), sum((v - my) ** 2 for v in y)
    if sxx == 0 or syy == 0:
        return undefined('constant-input')
    return float(sum((u - mx) * (v - my) for u, v in zip(x, y))) / math.sqrt(sxx * syy)


def regression(a):
    if len(a['label']) != len(a['prediction']):
        raise Refused('LENGTH_MISMATCH')
    if any(v is None or isinstance(v, str) for v in a['label'] + a['prediction']):
        raise Refused('NOT_A_NUMBER')
    if not a['label']:
        raise Undefined('no-rows')
    y, p = [exact(v) for v in a['label']], [exact(v) for v in a['prediction']]
    n = len(y)
    e = [q - v for q, v in zip(p, y)]
    mean, me = sum(y) / Fraction(n), sum(e) / Fraction(n)
    total = sum((v - mean) ** 2 for v in y)
    mse = sum(v * v for v in e) / Fraction(n)
    share = lambda rest: (
        undefined('too-few-rows')
        if n < 2
        else undefined('constant-label')
        if total == 0
        else float(1 - rest / total)
    )
    pinball = lambda tau: float(sum(max(tau * -v, (tau - 1) * -v) for v in e) / n)
    logs = (
        undefined('at-most-minus-one')
        if min(y + p) <= -1
        else math.sqrt(math.fsum((math.log1p(q) - math.log1p(v)) ** 2 for v, q in zip(y, p)) / n)
    )
    return {
        'mae': float(sum(abs(v) for v in e) / n),
        'mse': float(mse),
        'rmse': math.sqrt(mse),
        'bias': float(me),
        'median_ae': float(quantile_of([abs(v) for v in e], 0.5)),
        'max_error': float(max(abs(v) for v in e)),
        'r2': share(mse * n),
        'explained_variance': share(sum((v - me) ** 2 for v in e)),
        'mape': undefined('zero-label')
        if any(v == 0 for v in y)
        else float(sum(abs(d / v) for d, v in zip(e, y)) / n),
        'rmsle': logs,
        'pinball_0.1': pinball(Fraction(1, 10)),
        'pinball_0.9': pinball(Fraction(9, 10)),
        'pearson': pearson(p, y),
        'spearman': pearson(ranks(p), ranks(y)),
    }


def quantile(a):
    if not a['values']:
        raise Undefined('no-rows')
    return float(quantile_of([exact(v) for v in a['values']], a['q']))


ANSWERS = {
    'confusion': lambda a: dict(zip(('tp', 'fp', 'fn', 'tn'), map(float, table(a)))),
    'rates': rates,
    'roc_auc': lambda a: float(auc_of(a)),
    'gini': lambda a: float(2 * auc_of(a) - 1),
    'pr_auc': pr_auc,
    'ks_separation': lambda a: (lambda s: need(*s) or ks_reach_share(*s))(split(a)),
    'at_k': at_k,
    'log_loss': log_loss,
    'brier': brier,
    'multiclass': multiclass,
    'ipw': ipw,
    'regression': regression,
    'quantile': quantile,
}
