"""Random arguments for sketches, bins and drift."""

from .chances import counts, sample

EXACT, TIGHT = {'abs': 0, 'rel': 0}, {'abs': 1e-12, 'rel': 1e-9}


def stream(r):
    kind = r.choice(['string', 'float', 'int'])
    return {
        'kind': kind,
        **r.choice([{}, {'from': r.choice([0, 5, 90000])}]),
        'count': r.choice([0, 1, 2, 17, 300, 2000]),
    }


def sketches(r):
    test = r.choice(['hll', 'hll_merge', 'misra_gries', 'misra_gries_merge', 'moments_merge'])
    if test == 'hll':
        return {'test': test, 'p': 12, 'stream': stream(r)}
    if test == 'hll_merge':
        return {'test': test, 'p': 12, 'streams': [stream(r) for _ in range(r.choice([1, 2, 4]))]}
    k = r.choice([1, 2, 4, 8])
    if test == 'misra_gries':
        names = r.choice(
            [
                ['a'],
                ['a', 'b', 'c'],
                [f'c{i}' for i in range(20)],
                ['constructor', '__proto__', 'toString', '', '10', '9'],
            ]
        )
        return {
            'test': test,
            'k': k,
            'items': [
                r.choice(names) if r.random() < 0.6 else names[0] for _ in range(r.choice([0, 1, 12, 80]))
            ],
        }
    if test == 'misra_gries_merge':
        side = lambda: {
            'counters': {f'c{r.randint(0, 12)}': r.randint(1, 20) for _ in range(r.randint(0, k))},
            'n': r.randint(200, 300),
        }
        return {'test': test, 'k': k, 'a': side(), 'b': side()}
    scale = r.choice([1, 1e-9, 1e9])
    shift = r.choice([0, 1e6]) if scale == 1 else 0
    return {
        'test': test,
        'parts': [
            [r.randint(-1000, 1000) * scale / 8 + shift for _ in range(r.choice([0, 1, 2, 30]))]
            for _ in range(3)
        ]
        + [[1.0]],
    }


WORDS = [
    'a',
    'b',
    'c',
    'd',
    'é',
    'e',
    'z',
    'Z',
    '',
    '0',
    '10',
    '9',
    '__proto__',
    '🛫',
    '\uffff',
    'missing',
    'constructor',
]


def frozen_bins(r):
    if r.random() < 0.5:
        n = r.choice([0, 1, 2, 9, 10, 11, 49, 50, 100, 300])
        spike = r.choice([0, 0.02, 0.2, 1])
        digits = r.choice([0, 1, 3])
        draw = lambda: (
            r.choice([0, -0.0, 5])
            if r.random() < spike
            else None
            if r.random() < 0.05
            else round(r.gauss(3, 2), digits)
        )
        reference = [draw() for _ in range(n)]
        odd = [None, 'NaN', 'Infinity', '-Infinity', 'text', True, 0, -0.0, 1e308]
        if r.random() < 0.3 and reference:
            reference[0] = r.choice(['Infinity', '-Infinity', 'NaN'])
        return {
            'test': 'frozen_bins',
            'kind': 'numeric',
            'reference': reference,
            'windows': [
                [r.choice([draw(), r.choice(odd), *(reference[:3])]) for _ in range(r.choice([0, 5, 30]))]
                for _ in range(2)
            ],
        }
    pool = (
        [r.choice(WORDS), *r.sample(WORDS, 4)]
        if r.random() < 0.5
        else WORDS + [f'k{i}' for i in range(r.choice([0, 30, 80]))]
    )
    draw = lambda: None if r.random() < 0.05 else r.choice(pool) if r.random() < 0.7 else pool[0]
    return {
        'test': 'frozen_bins',
        'kind': 'category',
        'reference': [draw() for _ in range(r.choice([0, 1, 50, 99, 100, 101, 400]))],
        'windows': [[r.choice([draw(), r.choice([*WORDS, 'never'])]) for _ in range(12)]],
        'max_seen': r.choice([10000, 3, 17, 20]),
    }


METRICS = [
    ('psi', 'frozen'),
    ('psi', 'evidently'),
    ('kl', 'evidently'),
    ('js_divergence', 'nat'),
    ('js_distance', 'evidently'),
    ('js_distance', 'nannyml'),
    ('hellinger', 'nannyml'),
    ('l_infinity', 'nannyml'),
]
SAMPLES = [
    ('psi_sample', 'evidently'),
    ('psi_sample', 'frozen'),
    ('js_distance_sample', 'evidently'),
    ('js_distance_sample', 'nannyml'),
    ('hellinger_sample', 'nannyml'),
    ('hellinger_sample', 'evidently'),
    ('wasserstein', 'nannyml'),
    ('wasserstein', 'evidently'),
    ('ks_sample', 'nannyml'),
]


def drift_metrics(r):
    kind = r.choice(['tv', 'tv', 'counts', 'sample'])
    k, top = r.choice([1, 2, 5, 12, 50]), r.choice([3, 50, 600, 10**6])
    reference = counts(r, k, top)
    current = r.choice(
        [
            counts(r, k, top),
            [c * 2 for c in reference],
            [c + r.randint(0, 3) for c in reference],
            [0] * k if r.random() < 0.1 else counts(r, k, 40),
            list(reversed(reference)),
        ]
    )
    if kind == 'tv':
        if r.random() < 0.04:
            current = current + [1]
        elif r.random() < 0.03:
            reference[0] = -1
        extra = (
            {'design_effect': {'reference': r.choice([1, 1.5, 4]), 'current': r.choice([1, 2, 7.25])}}
            if r.random() < 0.3
            else {}
        )
        return {
            'test': 'tv',
            'reference': reference,
            'current': current,
            'limit': r.choice([0.1, 0, 0.02, 0.5]),
            'confidence': r.choice([0.99, 0.99, 0.95]),
            **extra,
        }
    if kind == 'counts':
        test, variant = r.choice(METRICS)
        return {'test': test, 'variant': variant, 'reference': reference, 'current': current}
    test, variant = r.choice(SAMPLES)
    digits = r.choice([0, 1, 3])
    n, m = r.choice([1, 2, 12, 40, 150]), r.choice([1, 3, 9, 80])
    return {
        'test': test,
        'variant': variant,
        'reference': [2.5] * n if r.random() < 0.1 else sample(r, n, digits),
        'current': sample(r, m, digits, r.choice([0, 0.3, 4])),
    }


drift_metrics.tolerances = {
    'tv': {'abs': 1e-9, 'rel': 1e-8},
    'js_distance': {'abs': 1e-8, 'rel': 1e-9},
    'js_distance_sample': {'abs': 1e-8, 'rel': 1e-9},
    'hellinger_sample': {'abs': 1e-7, 'rel': 1e-9},
    'hellinger': {'abs': 1e-7, 'rel': 1e-9},
}


def drift_decision(r):
    test = r.choice(['counting_features', 'drift_windows', 'drift_windows', 'retrain_gate'])
    if test == 'counting_features':
        return {
            'test': test,
            'mean_abs_phi': {
                n: r.choice([0, 5, 10, 20, 40, r.randint(0, 99)])
                for n in r.sample(['a', 'b', 'c', 'd', 'e', 'B', 'é', '10', '9'], r.randint(0, 9))
            },
        }
    if test == 'retrain_gate':
        return {
            'test': test,
            'quality': r.choice(['fail', 'inconclusive', 'pass']),
            'drift': r.choice(['trigger', 'none', 'suppressed_cooldown']),
            'performance': r.choice(['worse', 'ok', 'inconclusive', 'distrusted', 'warn']),
            'schedule_due': r.random() < 0.3,
        }
    names = ['a', 'b', 'z', 'score'] + [f'f{i}' for i in range(r.choice([0, 0, 20]))]
    counting = [n for n in names if n != 'z' and r.random() < 0.9]
    windows, day = [], 0
    for _ in range(r.randint(0, 12 if len(names) < 10 else 2)):
        day += r.choice([1, 1, 1, 3])
        feature = lambda: (
            None
            if r.random() < 0.08
            else {
                'p_value': r.choice([1e-9, 0.0001, 0.0024, 0.009, 0.01, 0.02, 0.5]),
                'n_reference': r.choice([5000, 5000, 499, 300]),
                'n_current': r.choice([2000, 2000, 500, 499, 299]),
                'bins_used': r.choice([12, 20, 30]),
            }
        )
        windows.append({'day': day, 'features': {n: feature() for n in names if r.random() < 0.95}})
    return {'test': test, 'counting': counting, 'cooldown_days': r.choice([7, 1, 3]), 'windows': windows}


MAKERS = {
    'sketches': (TIGHT, sketches),
    'frozen-bins': (EXACT, frozen_bins),
    'drift-metrics': (TIGHT, drift_metrics),
    'drift-decision': (EXACT, drift_decision),
}
sketches.tolerances = {'moments_merge': {'abs': 1e-9, 'rel': 1e-12}}
