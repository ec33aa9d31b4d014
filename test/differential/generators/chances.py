"""Random arguments for special functions, generator and hash, intervals and two-sample tests."""

from .contracts import ALPHAS, SIZES, count

EXACT = {'abs': 0, 'rel': 0}


def special_functions(r):
    x = r.choice([0, -0.0, 1e-10, 0.5, 1, 3.7, 8, 20, 37, -5, -20, r.gauss(0, 3), r.uniform(-30, 30)])
    a, b = r.choice([0.5, 1, 2.5, 10, 137.25, 1e4, 1e6]), r.choice([0.5, 1, 3, 49.5, 1000, 1e5])
    df = r.choice([1, 2, 3, 9, 50, 999])
    share = r.choice([1e-12, 1e-5, 0.01, 0.3, 0.5, 0.9, 0.999999, a / (a + b)])
    return r.choice(
        [
            {'test': 'normal_cdf', 'x': x},
            {'test': 'normal_sf', 'x': x},
            {'test': 'normal_log_sf', 'x': r.choice([x, 100, 1000])},
            {
                'test': 'normal_quantile',
                'p': r.choice([1e-300, 1e-20, 1e-7, 0.01, 0.3, 0.77, 1 - 1e-9, r.random()]),
            },
            {'test': 'erf', 'x': x},
            {'test': 'erfc', 'x': x if x < 26 else 26},
            {'test': 'chi2_sf', 'df': df, 'x': r.choice([0, 1e-6, df * 0.5, df, df * 2 + 5, 400])},
            {'test': 'chi2_log_sf', 'df': df, 'x': r.choice([df * 1.0, df * 2.0, 700.0, 2000.0, 20000.0])},
            {'test': 'gamma_p', 'a': a, 'x': a * r.choice([0.5, 0.99, 1, 1.3])},
            {'test': 'gamma_q', 'a': a, 'x': a * r.choice([0.5, 1, 1.01, 1.2])},
            {'test': 'beta_i', 'a': a, 'b': b, 'x': share},
            {
                'test': 'beta_quantile',
                'a': a,
                'b': b,
                'p': r.choice([1e-9, 0.001, 0.05, 0.5, 0.95, 0.999999]),
            },
            {'test': 'kolmogorov_sf', 'lambda': r.choice([0, 0.01, 0.2, 0.5, 0.8, 1, 1.36, 2, 5, 12])},
        ]
    )


TEXTS = [
    '',
    'a',
    'ab',
    'abc',
    'abcd',
    'x' * 15,
    'x' * 16,
    'x' * 17,
    'é' * 20,
    '東京',
    '🛫' * 9,
    '\x00',
    'y' * 1000,
]


def random_and_hash(r):
    label = r.choice(['', 'fettle', 'Zürich/🛫', f'kll/{r.random()}', 'x' * 500])
    test = r.choice(['u32', 'index', 'unit', 'shuffle', 'sketch_hash64', 'sketch_hash64'])
    if test == 'shuffle':
        return {'test': test, 'label': label, 'items': list(range(r.choice([0, 1, 2, 9, 60])))}
    if test == 'sketch_hash64':
        kind = r.choice(['string', 'float', 'int', 'bool'])
        value = {
            'string': r.choice(TEXTS),
            'float': r.choice([0.0, -0.0, 0.1, -1.5, 1e308, 5e-324, 'Infinity', '-Infinity', 3]),
            'bool': r.random() < 0.5,
            'int': r.choice([0, -1, 7, 2**53 - 1, -(2**53) + 1, 10**12]),
        }[kind]
        return {'test': test, 'type': kind, 'value': value}
    return {
        'test': test,
        'label': label,
        'count': r.choice([0, 1, 30]),
        **({'n': r.choice([1, 2, 10, 1000, 2**32, 10**15])} if test == 'index' else {}),
    }


def intervals(r):
    test = r.choice(
        ['wilson', 'clopper_pearson', 'newcombe_difference', 'katz_ratio', 'benjamini_hochberg', 'holm']
    )
    if test in ('benjamini_hochberg', 'holm'):
        return {
            'test': test,
            'p': [
                r.choice([0, 1, 0.05, r.random(), r.random() ** 6]) for _ in range(r.choice([0, 1, 2, 5, 40]))
            ],
        }
    if test in ('wilson', 'clopper_pearson'):
        n = r.choice([0, *SIZES])
        x = count(r, n) if n else 0
        if r.random() < 0.06:
            return {'test': test, 'x': r.choice([-1, n + 1]), 'n': n, 'alpha': 0.05}
        return {
            'test': test,
            'x': x,
            'n': n,
            'alpha': r.choice([*ALPHAS, 0, 0.5, 0.7, -0.1] if r.random() < 0.2 else ALPHAS),
        }
    n1, n2 = r.choice(SIZES), r.choice(SIZES)
    return {
        'test': test,
        'x1': count(r, n1),
        'n1': n1,
        'x2': count(r, n2),
        'n2': n2,
        'alpha': r.choice(ALPHAS),
    }


def sample(r, n, digits, shift=0.0):
    return [round(r.gauss(shift, 1), digits) for _ in range(n)]


def counts(r, k, top):
    return [r.choice([0, r.randint(0, top)]) if r.random() < 0.3 else r.randint(1, top) for _ in range(k)]


def tests(r):
    test = r.choice(['ks', 'ks', 'ks_p', 'chi2', 'chi2', 'two_proportion_z', 'fisher_exact'])
    if test == 'ks':
        return {
            'test': test,
            'variant': r.choice(['exact', 'stephens']),
            'reference': sample(r, r.choice([0, 1, 2, 8, 30, 120]), r.choice([0, 1, 3])),
            'current': sample(r, r.choice([1, 3, 9, 41, 100]), r.choice([0, 1, 3]), r.choice([0, 0.5, 9])),
        }
    if test == 'ks_p':
        n, m = r.choice([20000, 10001, 500]), r.choice([20000, 12000])
        return {
            'test': test,
            'variant': 'stephens',
            'n': n,
            'm': m,
            'd': r.choice([0, 0.001, 0.0136, 0.05, 0.4]),
        }
    if test == 'chi2':
        k = r.choice([1, 2, 2, 3, 10])
        top = r.choice([1, 30, 10**5])
        return {
            'test': test,
            'variant': r.choice(['contingency', 'nannyml', 'evidently']),
            'reference': [1 + c for c in counts(r, 1, top)] + counts(r, k - 1, top),
            'current': [1 + c for c in counts(r, 1, top)] + counts(r, k - 1, top),
        }
    if test == 'two_proportion_z':
        n1, n2 = r.choice(SIZES), r.choice(SIZES)
        return {'test': test, 'x1': count(r, n1), 'n1': n1, 'x2': count(r, n2), 'n2': n2}
    top = r.choice([1, 5, 60, 900])
    return {'test': test, **{k: r.choice([0, r.randint(0, top)]) for k in 'abcd'}}


tight = {'abs': 1e-12, 'rel': 1e-9}
MAKERS = {
    'special-functions': ({'abs': 0, 'rel': 1e-10}, special_functions),
    'random-and-hash': (EXACT, random_and_hash),
    'intervals': (tight, intervals),
    'tests': (tight, tests),
}
special_functions.tolerances = {'normal_quantile': {'abs': 1e-14, 'rel': 1e-10}}
