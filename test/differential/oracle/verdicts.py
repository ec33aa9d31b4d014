"""Answers about people and impact: fairness, impact verdicts, judges, explanations, trees."""

import itertools
import math
from fractions import Fraction

from . import Refused, Undefined
from .contracts import Generator, exact
from .intervals import hybrid_bounds, wilson
from .looks import mixture
from .models import quotient, undefined
from .special import z_of

CELLS = {
    'selection_rate': (('tp', 'fp'), ('tp', 'fp', 'fn', 'tn'), 'no-rows'),
    'tpr': (('tp',), ('tp', 'fn'), 'no-positives'),
    'fpr': (('fp',), ('fp', 'tn'), 'no-negatives'),
    'accuracy': (('tp', 'tn'), ('tp', 'fp', 'fn', 'tn'), 'no-rows'),
    'precision': (('tp',), ('tp', 'fp'), 'no-predicted-positives'),
}


def rate_of(group, metric):
    top, bottom, reason = CELLS[metric]
    return sum(group[k] for k in top), sum(group[k] for k in bottom), reason


def group_cell(group, metric, least):
    x, n, reason = rate_of(group, metric)
    if n == 0:
        return undefined(reason)
    if n < least:
        return undefined('too-few')
    lower, upper = wilson(x, n, z_of(0.025))
    return {'value': x / n, 'lower': lower, 'upper': upper, 'n': n}


def between(groups, metric, limit, least):
    kept = {
        name: rate_of(g, metric)[:2] for name, g in groups.items() if rate_of(g, metric)[1] >= max(1, least)
    }
    missing = len(groups) - len(kept)
    if len(kept) < 2:
        few = undefined('fewer-than-two-groups')
        return {'difference': few, 'ratio': few, 'verdict': 'inconclusive', 'undefined_groups': missing}
    share = {name: Fraction(x, n) for name, (x, n) in kept.items()}
    high, low = max(share, key=lambda k: share[k]), min(share, key=lambda k: share[k])
    bounds = lambda u, v, alpha: hybrid_bounds(*kept[u], *kept[v], z_of(alpha))
    lower, upper = bounds(high, low, 0.05)
    pairs = list(itertools.combinations(kept, 2))
    fail = any(l > limit or u < -limit for l, u in (bounds(*p, 0.05 / len(pairs)) for p in pairs))
    good = missing == 0 and all(l >= -limit and u <= limit for l, u in (bounds(*p, 0.05) for p in pairs))
    return {
        'difference': {
            'value': float(share[high] - share[low]),
            'lower': lower,
            'upper': upper,
            'highest': high,
            'lowest': low,
        },
        'ratio': quotient(share[low], share[high], 'highest-is-zero'),
        'verdict': 'fail' if fail else 'pass' if good else 'inconclusive',
        'undefined_groups': missing,
    }


def fairness_table(a):
    groups, limit, least = a['groups'], a['limit'], a['min_denominator']
    out = {m: between(groups, m, limit, least) for m in ('selection_rate', 'tpr', 'fpr')}
    gaps = [out[m]['difference'] for m in ('tpr', 'fpr')]
    lost = next((g for g in gaps if 'undefined' in g), None)
    out['equalized_odds_difference'] = lost or max(g['value'] for g in gaps)
    return {
        'by_group': {
            name: {'n': sum(g.values()), **{m: group_cell(g, m, least) for m in CELLS}}
            for name, g in groups.items()
        },
        'between': out,
    }


def four_fifths(a):
    x1, n1, x2, n2 = a['x1'], a['n1'], a['x2'], a['n2']
    pooled = Fraction(x1 + x2, n1 + n2) if n1 + n2 else 0
    if min(n1 * pooled, n2 * pooled, n1 * (1 - pooled), n2 * (1 - pooled)) < 10:
        raise Undefined('too-few')
    if Fraction(x1, n1) <= Fraction(x2, n2):
        x1, n1, x2, n2 = x2, n2, x1, n1
    katz = lambda u, n, v, m, sign: (
        float(v / m / (u / n)) * math.exp(sign * z_of(0.05) * math.sqrt(1 / v - 1 / m + 1 / u - 1 / n))
    )
    if x2 == 0:
        ratio, lower = 0.0, 0.0
        upper = katz(x1 + 0.5, n1 + 0.5, 0.5, n2 + 0.5, 1)
    else:
        ratio, lower, upper = (
            float(Fraction(x2, n2) / Fraction(x1, n1)),
            katz(x1, n1, x2, n2, -1),
            katz(x1, n1, x2, n2, 1),
        )
    return {
        'ratio': ratio,
        'lower': lower,
        'upper': upper,
        'verdict': 'fail' if upper < 0.8 else 'pass' if lower >= 0.8 else 'inconclusive',
    }


def zero_over(top, bottom):
    return float(Fraction(top, bottom)) if bottom else 0.0


def fairlearn(a):
    rates = {
        m: [zero_over(*rate_of(g, m)[:2]) for g in a['groups'].values()]
        for m in ('selection_rate', 'tpr', 'fpr')
    }
    gap = lambda m: max(rates[m]) - min(rates[m])
    high = max(rates['selection_rate'])
    return {
        'demographic_parity_difference': gap('selection_rate'),
        'demographic_parity_ratio': min(rates['selection_rate']) / high if high else math.nan,
        'equalized_odds_difference': max(gap('tpr'), gap('fpr')),
        'equal_opportunity_difference': gap('tpr'),
    }


def clarify(a):
    d, r = a['sensitive'], a['rest']

    def over(x, y):
        return float(Fraction(x) / Fraction(y)) if y else 0.0 if x == 0 else math.inf

    less = lambda x, y: 0.0 if x == y else x - y
    n = lambda g: sum(g.values())
    pos = lambda g: g['tp'] + g['fn']
    neg = lambda g: g['fp'] + g['tn']
    yes, no = (lambda g: g['tp'] + g['fp']), (lambda g: g['fn'] + g['tn'])
    q = lambda g: over(yes(g), n(g))
    return {
        'CI': over(n(r) - n(d), n(r) + n(d)),
        'DPL': less(over(pos(r), n(r)), over(pos(d), n(d))),
        'DPPL': less(q(r), q(d)),
        'DI': over(Fraction(q(d)), Fraction(q(r))),
        'DCA': less(over(pos(r), yes(r)), over(pos(d), yes(d))),
        'DCR': less(over(neg(d), no(d)), over(neg(r), no(r))),
        'RD': less(over(r['tp'], pos(r)), over(d['tp'], pos(d))),
        'SD': less(over(d['tn'], neg(d)), over(r['tn'], neg(r))),
        'DAR': less(over(r['tp'], yes(r)), over(d['tp'], yes(d))),
        'DRR': less(over(d['tn'], no(d)), over(r['tn'], no(r))),
        'AD': less(over(r['tp'] + r['tn'], n(r)), over(d['tp'] + d['tn'], n(d))),
        'TE': less(over(d['fn'], d['fp']), over(r['fn'], r['fp'])),
    }


def impact(a):
    m, h = a['model'], a['holdback']
    if h['n'] == 0:
        return {'verdict': undefined('no-holdback')}
    if min(m['n'], h['n']) < 100:
        return {'verdict': 'unknown', 'reason': 'too-few'}
    v = m['variance'] / m['n'] + h['variance'] / h['n']
    if v == 0:
        return {'verdict': 'unknown', 'reason': 'zero-variance'}
    d, tau = (m['mean'] - h['mean']) * (1 if a['better'] == 'higher' else -1), a['matters']
    _, lower, upper = mixture(d, v, tau, 0, a['alpha'])
    out = {'difference': d, 'lower': lower, 'upper': upper}
    if upper < 0:
        return {**out, 'verdict': 'harming'}
    if -tau <= lower and upper <= tau:
        return {**out, 'verdict': 'neutral'}
    return (
        {**out, 'verdict': 'helping'}
        if lower > 0
        else {**out, 'verdict': 'unknown', 'reason': 'not-decided-yet'}
    )


def confidence_sequence(a):
    _, lower, upper = mixture(a['difference'], a['variance'], a['tau'], 0, a['alpha'])
    return {'lower': lower, 'upper': upper}


def cohen_kappa(a):
    t = a['table']
    n, k = sum(map(sum, t)), len(t)
    if n == 0:
        raise Undefined('no-rows')
    p = [[Fraction(v, n) for v in row] for row in t]
    row, column = [sum(r) for r in p], [sum(p[i][j] for i in range(k)) for j in range(k)]
    observed, chance = sum(p[i][i] for i in range(k)), sum(u * v for u, v in zip(row, column))
    if chance == 1:
        raise Undefined('chance-agreement-is-one')
    kappa = (observed - chance) / (1 - chance)
    same = sum(p[i][i] * ((1 - chance) - (row[i] + column[i]) * (1 - observed)) ** 2 for i in range(k))
    cross = (1 - observed) ** 2 * sum(
        p[i][j] * (column[i] + row[j]) ** 2 for i in range(k) for j in range(k) if i != j
    )
    variance = (same + cross - (observed * chance - 2 * chance + observed) ** 2) / (n * (1 - chance) ** 4)
    sd = math.sqrt(max(0, variance))
    z = z_of(0.025)
    return {
        'kappa': float(kappa),
        'observed': float(observed),
        'chance': float(chance),
        'sd': sd,
        'lower': float(kappa) - z * sd,
        'upper': min(1.0, float(kappa) + z * sd),
    }


def pairwise_both_orders(a):
    one, two = a['a_shown_first'], a['b_shown_first']
    if 'error' in (one, two):
        raise Undefined('judge-error')
    return 'a' if (one, two) == ('first', 'second') else 'b' if (one, two) == ('second', 'first') else 'tie'


def flake_rate(a):
    cases = [[v for v in runs if v is not None] for runs in a['results']]
    cases = [runs for runs in cases if len(runs) >= 2]
    if not cases:
        raise Undefined('fewer-than-two-runs')
    return sum(len(set(runs)) > 1 for runs in cases) / len(cases)


def score_mean(a):
    found = [exact(v) for v in a['scores'] if v is not None]
    return {
        'mean': quotient(sum(found), len(found), 'nothing-measured'),
        'coverage': quotient(len(found), len(a['scores']), 'no-rows'),
        'n': len(found),
    }


def detectable(a):
    return (z_of(a['alpha'] / 2) + z_of(1 - a['power'])) * a['sd_of_differences'] / math.sqrt(a['n'])


def shapley_exact(players, value):
    phi = []
    for i in range(players):
        rest = [j for j in range(players) if j != i]
        phi.append(
            sum(
                Fraction(math.factorial(k) * math.factorial(players - 1 - k), math.factorial(players))
                * (value(frozenset(s) | {i}) - value(frozenset(s)))
                for k in range(players)
                for s in itertools.combinations(rest, k)
            )
        )
    return phi


def polynomial(terms, x):
    return sum(exact(t['coef']) * math.prod(exact(v) ** p for v, p in zip(x, t['powers'])) for t in terms)


def shapley(a):
    row, background = a['row'], a['background']
    if not background:
        raise Refused('MISSING_BACKGROUND')
    groups = a['groups'] if a['variant'] == 'exact_groups' else [[i] for i in range(len(row))]
    memo = {}

    def value(s):
        if s not in memo:
            own = {i for g in s for i in groups[g]}
            memo[s] = sum(
                polynomial(a['polynomial'], [x if i in own else z for i, (x, z) in enumerate(zip(row, b))])
                for b in background
            ) / Fraction(len(background))
        return memo[s]

    k = len(groups)
    ends = {'base': float(value(frozenset())), 'raw': float(value(frozenset(range(k))))}
    if a['variant'] != 'permutation':
        return {'phi': [float(v) for v in shapley_exact(k, value)], **ends}
    g, pairs = Generator(a['label']), []
    for _ in range(a['pairs']):
        order = g.shuffle(range(k))
        gains = [Fraction(0)] * k
        for walk in (order, order[::-1]):
            for at, i in enumerate(walk):
                gains[i] += (value(frozenset(walk[: at + 1])) - value(frozenset(walk[:at]))) / 2
        pairs.append(gains)
    n = len(pairs)
    phi = [sum(p[i] for p in pairs) / n for i in range(k)]
    error = [
        undefined('too-few') if n < 2 else math.sqrt(sum((p[i] - phi[i]) ** 2 for p in pairs) / (n - 1) / n)
        for i in range(k)
    ]
    return {'phi': [float(v) for v in phi], 'standard_error': error, **ends}


def reason_codes(a):
    if any(f not in a['reasons'] for f in a['phi']):
        raise Refused('UNMAPPED_FEATURE')
    sums = {}
    for feature, phi in a['phi'].items():
        sums[a['reasons'][feature]] = sums.get(a['reasons'][feature], 0) + exact(phi) * (
            1 if a['adverse'] == 'higher' else -1
        )
    kept = sorted((r for r in sums if sums[r] > 0), key=lambda r: (-sums[r], r))[: a['limit']]
    return [{'reason': r, 'contribution': float(sums[r])} for r in kept]


def goes_left(tree, node, x):
    if x is None or x == 'NaN':
        return tree['missing_left'][node]
    v = float(str(x).replace('Infinity', 'inf'))
    return v <= tree['threshold'][node] if tree['rule'] == 'le' else v < tree['threshold'][node]


def tree_value(tree, x, known, node=0):
    """Value of the tree on the known features; averages by cover elsewhere."""
    if tree['left'][node] < 0:
        return exact(tree['value'][node])
    left, right = tree['left'][node], tree['right'][node]
    if tree['feature'][node] in known:
        return tree_value(tree, x, known, left if goes_left(tree, node, x[tree['feature'][node]]) else right)
    cover = [exact(tree['cover'][left]), exact(tree['cover'][right])]
    if sum(cover) == 0 or tree['cover'][node] == 0:
        raise Refused('MISSING_COVER')
    return (cover[0] * tree_value(tree, x, known, left) + cover[1] * tree_value(tree, x, known, right)) / sum(
        cover
    )


def treeshap(a):
    model, k = a['model'], a['model']['features']
    every, out = frozenset(range(k)), []
    whole = lambda x: exact(model['offset']) + sum(tree_value(t, x, every) for t in model['trees'])
    if a['variant'] == 'interventional':
        if not a['background']:
            raise Refused('MISSING_BACKGROUND')
        if any(len(b) != k for b in a['background']):
            raise Refused('SIGNATURE_MISMATCH')
    elif any(c == 0 for t in model['trees'] for node, c in enumerate(t['cover']) if t['left'][node] >= 0):
        raise Refused('MISSING_COVER')
    for row in a['rows']:
        memo = {}

        def value(s):
            if s not in memo:
                if a['variant'] == 'interventional':
                    memo[s] = sum(
                        whole([row[i] if i in s else b[i] for i in range(k)]) for b in a['background']
                    ) / Fraction(len(a['background']))
                else:
                    memo[s] = exact(model['offset']) + sum(tree_value(t, row, s) for t in model['trees'])
            return memo[s]

        out.append(
            {
                'phi': [float(v) for v in shapley_exact(k, value)],
                'base': float(value(frozenset())),
                'raw': float(whole(row)),
            }
        )
    return out


ANSWERS = {
    'fairness_table': fairness_table,
    'four_fifths': four_fifths,
    'fairness_compatible': lambda a: {'fairlearn': fairlearn, 'clarify': clarify}[a['variant']](a),
    'impact': impact,
    'confidence_sequence': confidence_sequence,
    'cohen_kappa': cohen_kappa,
    'pairwise_both_orders': pairwise_both_orders,
    'flake_rate': flake_rate,
    'score_mean': score_mean,
    'minimal_detectable_difference': detectable,
    'shapley': shapley,
    'reason_codes': reason_codes,
    'treeshap': treeshap,
}
