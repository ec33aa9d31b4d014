"""Answers about calibration: calibration error, Brier parts, isotonic and Platt fits."""

import math
from fractions import Fraction

import numpy as np
from scipy import optimize

from . import Refused, Undefined
from .contracts import exact
from .models import brier, checked, probabilities, undefined


def ece(a):
    labels, ps = probabilities(a)
    n, m = len(ps), a['bins']
    members = [[] for _ in range(m)]
    if a['variant'] == 'equal_width':
        for i, p in enumerate(ps):
            members[min(m - 1, math.floor(p * m))].append(i)
    else:
        if n < m:
            raise Undefined('too-few')
        for p in set(ps):
            below, ties = sum(q < p for q in ps), ps.count(p)
            members[min(m - 1, m * (2 * below + ties) // (2 * n))] += [i for i, q in enumerate(ps) if q == p]
    gaps, bins = [], []
    for group in members:
        if not group:
            bins.append({'n': 0, 'mean_p': undefined('empty-bin'), 'rate': undefined('empty-bin')})
            continue
        mean, rate = (
            sum(exact(ps[i]) for i in group) / Fraction(len(group)),
            Fraction(sum(labels[i] for i in group), len(group)),
        )
        gaps.append((len(group), abs(mean - rate)))
        bins.append({'n': len(group), 'mean_p': float(mean), 'rate': float(rate)})
    total = float(sum(k * g for k, g in gaps) / n)
    return (
        {'ece': total, 'mce': float(max(g for _, g in gaps)), 'bins': bins}
        if a['variant'] == 'equal_width'
        else {'ece': total, 'bin_sizes': [len(g) for g in members]}
    )


def brier_parts(a):
    labels, ps = probabilities(a)
    n, base = len(ps), Fraction(sum(labels), len(labels))
    reliability = resolution = Fraction(0)
    for p in set(ps):
        group = [y for y, q in zip(labels, ps) if q == p]
        rate = Fraction(sum(group), len(group))
        reliability += len(group) * (exact(p) - rate) ** 2
        resolution += len(group) * (rate - base) ** 2
    return {
        'reliability': float(reliability / n),
        'resolution': float(resolution / n),
        'uncertainty': float(base * (1 - base)),
        'brier': brier(a),
    }


def isotonic(a):
    if len(a['x']) != len(a['y']):
        raise Refused('LENGTH_MISMATCH')
    given = a.get('weight', [1] * len(a['x']))
    if any(w < 0 for w in given):
        raise Refused('INVALID_COUNTS')
    a = {
        **a,
        'x': [x for x, w in zip(a['x'], given) if w],
        'y': [y for y, w in zip(a['y'], given) if w],
        'weight': [w for w in given if w],
    }
    if not a['x']:
        raise Undefined('no-rows')
    knots = sorted(set(a['x']))
    blocks = []
    for k in knots:
        ys = [
            (exact(y), exact(w))
            for x, y, w in zip(a['x'], a['y'], a.get('weight', [1] * len(a['x'])))
            if x == k
        ]
        blocks.append([sum(y * w for y, w in ys), sum(w for _, w in ys), 1])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            top = blocks.pop()
            blocks[-1] = [u + v for u, v in zip(blocks[-1], top)]
    fitted = [s / Fraction(w) for s, w, k in blocks for _ in range(k)]

    def at(x):
        if x <= knots[0]:
            return fitted[0]
        if x >= knots[-1]:
            return fitted[-1]
        i = next(j for j, k in enumerate(knots) if k > x)
        share = (exact(x) - exact(knots[i - 1])) / (exact(knots[i]) - exact(knots[i - 1]))
        return fitted[i - 1] + (fitted[i] - fitted[i - 1]) * share

    return {'x': knots, 'fitted': [float(v) for v in fitted], 'predicted': [float(at(x)) for x in a['at']]}


def platt(a):
    checked(a, 'score')
    score, label = np.array(a['score'], float), np.array(a['label'])
    n1, n0 = int(label.sum()), int((1 - label).sum())
    target = np.where(label == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

    def loss(v):
        f = v[0] * score + v[1]
        return float((np.logaddexp(0, f) - (1 - target) * f).sum())

    def slope(v):
        p1 = 1 / (1 + np.exp(v[0] * score + v[1]))
        d = target - p1
        return np.array([(d * score).sum(), d.sum()])

    def bend(v):
        p1 = 1 / (1 + np.exp(v[0] * score + v[1]))
        w = p1 * (1 - p1)
        return np.array([[(w * score * score).sum(), (w * score).sum()], [(w * score).sum(), w.sum()]])

    found = optimize.minimize(
        loss,
        [0.0, math.log((n0 + 1) / (n1 + 1))],
        jac=slope,
        hess=bend,
        method='trust-exact',
        options={'gtol': 1e-13, 'maxiter': 500},
    ).x
    for _ in range(5):
        found = found - np.linalg.solve(bend(found), slope(found))
    return {'a': float(found[0]), 'b': float(found[1])}


ANSWERS = {'ece': ece, 'brier_parts': brier_parts, 'isotonic': isotonic, 'platt': platt}
