"""Answers for thresholds per segment (releases.md 6)."""

import math

from .special import binomial_cdf, binomial_sf


def violation(n, alpha, k):
    """v(k): P(FPR of the k-th smallest > alpha) = P(Bin(n, alpha) <= n - k)."""
    return binomial_cdf(n - k, n, alpha)


def index_of(n, alpha, delta):
    """Smallest k in 1..n with v(k) <= delta, or None."""
    if n < 1 or violation(n, alpha, n) > delta:
        return None
    low, high = 0, n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if violation(n, alpha, middle) <= delta else (middle, high)
    return high


def least_n(alpha, delta):
    return math.ceil(math.log(delta) / math.log1p(-alpha))


def fpr_index(a):
    n, alpha, delta = a['n'], a['alpha'], a['delta']
    least = least_n(alpha, delta)
    if n < least:
        return {'min_n': least, 'feasible': False}
    k, keep = index_of(n, alpha, delta), index_of(n, alpha, delta / 20) or n
    return {
        'min_n': least,
        'feasible': True,
        'k': k,
        'allowed': n - k,
        'violation': violation(n, alpha, k),
        'violation_next': violation(n, alpha, k - 1),
        'k_keep': keep,
        'allowed_keep': n - keep,
    }


def fpr_scores(a):
    scores, old = sorted(a['negative_scores']), a['old_threshold']
    found = fpr_index({'n': len(scores), **a})
    if not found['feasible']:
        return {'feasible': False, 'min_n': found['min_n']}
    candidate, top = scores[found['k'] - 1], scores[found['k_keep'] - 1]
    return {
        'feasible': True,
        'k': found['k'],
        'candidate': candidate,
        'above': sum(s > candidate for s in scores),
        'keep_from': candidate,
        'keep_to': top,
        'decision': 'keep' if candidate <= old <= top else 'move',
    }


def binomial_quantile(p, n, rate):
    """Smallest x with P(Bin(n, rate) <= x) >= p."""
    low, high = -1, n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if binomial_cdf(middle, n, rate) >= p else (middle, high)
    return high


def action_rate_index(a):
    n, rate, alpha = a['n'], a['rate'], a['alpha']
    k = index_of(n, rate, alpha)
    return {
        'k_target': math.ceil(n * (1 - rate) - 1e-9),
        'l': binomial_quantile(alpha / 2, n, 1 - rate),
        'u': n - binomial_quantile(alpha / 2, n, rate) + 1,
        'at_most': None if k is None else {'k': k, 'allowed': n - k},
    }


def precision(a):
    labels, p, delta = a['labels_by_falling_score'], a['precision'], a['delta']
    n, grid, size = len(labels), [], math.ceil(4 * math.log(delta) / math.log(p))
    while size <= n:
        grid.append(size)
        size = -(-5 * size // 4)
    tested, acted = [], None
    for size in grid:
        tp = labels[:size].count('1')
        p_value = binomial_sf(tp, size, p)
        tested.append({'acted': size, 'tp': tp, 'p': p_value})
        if p_value > delta:
            break
        acted = size
    return {'grid': grid, 'tested': tested, 'acted': acted}


def inheritance(a):
    least = least_n(a['alpha'], a['delta'])
    nodes = {s['segment']: s for s in a['segments']}
    children = {name: [s['segment'] for s in a['segments'] if s['parent'] == name] for name in nodes}
    assigned = {}

    def remainder(name):
        """Leaves below that found no pool yet, in tree order."""
        if not children[name]:
            if nodes[name]['negatives'] >= least:
                assigned[name] = {
                    'segment': name,
                    'from': name,
                    'pool': [name],
                    'n': nodes[name]['negatives'],
                }
                return []
            return [name]
        pool = [leaf for child in children[name] for leaf in remainder(child)]
        n = sum(nodes[leaf]['negatives'] for leaf in pool)
        if n >= least:
            settle(pool, name, n)
            return []
        return pool

    def settle(pool, source, n):
        for leaf in pool:
            assigned[leaf] = {'segment': leaf, 'from': source, 'pool': pool, 'n': n}

    for root in (s['segment'] for s in a['segments'] if s['parent'] is None):
        left = remainder(root)
        settle(left, None, sum(nodes[leaf]['negatives'] for leaf in left))
    return {'min_n': least, 'assigned': [assigned[name] for name in sorted(assigned)]}


def step_caps(a):
    scores, old, candidate = a['scores'], a['old'], a['candidate']
    rate = lambda t: sum(s > t for s in scores) / len(scores)
    applied = candidate
    if abs(candidate - old) > a['max_step']:
        applied = old + math.copysign(a['max_step'], candidate - old)
    fits = lambda t: abs(rate(t) - rate(old)) <= a['max_rate_change']
    if not fits(applied):
        between = sorted(
            {s for s in scores if min(old, applied) < s < max(old, applied)}, reverse=applied > old
        )
        applied = next((s for s in between if fits(s)), old)
    return {
        'applied': applied,
        'cap_hit': applied != candidate,
        'rate_old': rate(old),
        'rate_candidate': rate(candidate),
        'rate_applied': rate(applied),
    }


ANSWERS = {
    'threshold-fpr-index': fpr_index,
    'threshold-fpr-scores': fpr_scores,
    'threshold-action-rate-index': action_rate_index,
    'threshold-precision': precision,
    'threshold-inheritance': inheritance,
    'threshold-step-caps': step_caps,
}
