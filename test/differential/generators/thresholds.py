"""Random thresholds: index rules, score lists with ties, trees, caps."""

RATES = [1e-5, 0.001, 0.01, 0.05, 0.1, 0.3, 0.5, 0.9]
LEVELS = [1e-6, 0.01, 0.05, 0.1, 0.3]


def fpr_index(r):
    return {
        'n': r.choice([1, 2, 22, 45, 59, 60, 298, 299, 300, 1000, 2995, 20000, 10**6, 10**7]),
        'alpha': r.choice(RATES),
        'delta': r.choice(LEVELS),
    }


def scores_of(r, n, digits):
    return [round(r.random(), digits) for _ in range(n)]


def fpr_scores(r):
    scores = scores_of(r, r.choice([1, 10, 29, 59, 60, 120]), r.choice([0, 1, 2, 6]))
    return {
        'negative_scores': scores,
        'alpha': r.choice([0.05, 0.1, 0.3]),
        'delta': r.choice([0.05, 0.1, 0.3]),
        'old_threshold': r.choice([0, 0.5, 1, max(scores), r.choice(scores), 0.95]),
    }


def action_rate_index(r):
    return {
        'n': r.choice([1, 2, 10, 20, 50, 333, 1000, 5000, 10**6, 10**7]),
        'rate': r.choice([1e-5, 0.003, 0.01, 0.1, 1 / 3, 0.5, 0.97]),
        'alpha': r.choice([0.05, 0.1, 0.01, 0.3]),
    }


def precision(r):
    n, base = r.choice([0, 5, 14, 60, 300, 700]), r.choice([0.5, 0.8, 0.97, 1])
    return {
        'labels_by_falling_score': ''.join(
            '1' if r.random() < base * (1 - 0.6 * i / max(1, n)) or base == 1 else '0' for i in range(n)
        ),
        'precision': r.choice([0.3, 0.5, 0.8, 0.9, 0.95]),
        'delta': r.choice([0.05, 0.1, 0.01]),
    }


def inheritance(r):
    segments, order = [{'segment': 'global', 'parent': None}], []

    def grow(parent, depth):
        for i in range(r.randint(1, 4)):
            name = f'{r.choice("zyxwabc")}{len(order)}'
            order.append(name)
            if depth < 3 and r.random() < 0.4:
                segments.append({'segment': name, 'parent': parent})
                grow(name, depth + 1)
            else:
                segments.append(
                    {
                        'segment': name,
                        'parent': parent,
                        'negatives': r.choice([0, 1, 20, 58, 59, 60, 150, 5000, r.randint(0, 70)]),
                    }
                )

    grow('global', 0)
    return {'alpha': r.choice([0.05, 0.01]), 'delta': 0.05, 'segments': segments}


def step_caps(r):
    digits = r.choice([1, 2, 3])
    old, candidate = round(r.random(), 2), round(r.random(), 2)
    return {
        'scores': sorted(scores_of(r, r.choice([1, 7, 20, 60]), digits)),
        'old': old,
        'candidate': r.choice([candidate, candidate, old]),
        'max_step': r.choice([0.033, 0.101, 0.303, 0.907]),
        'max_rate_change': r.choice([0.001, 0.053, 0.1037, 0.2049, 0.907]),
    }


tight, exact = {'abs': 1e-12, 'rel': 1e-9}, {'abs': 0, 'rel': 0}
MAKERS = {
    'threshold-fpr-index': (tight, fpr_index),
    'threshold-fpr-scores': (exact, fpr_scores),
    'threshold-action-rate-index': (exact, action_rate_index),
    'threshold-precision': (tight, precision),
    'threshold-inheritance': (exact, inheritance),
    'threshold-step-caps': ({'abs': 1e-12, 'rel': 1e-12}, step_caps),
}
