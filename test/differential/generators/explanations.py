"""Random arguments for explanations: polynomials, reason tables, trees."""


def explanations(r):
    if r.random() < 0.4:
        names = r.sample(['age', 'income', 'late', 'inquiries', 'é', '10', '9', 'x'], r.randint(0, 8))
        reasons = {n: r.choice(['R1', 'R2', 'R10', 'r1']) for n in names}
        if r.random() < 0.05 and names:
            del reasons[names[0]]
        return {
            'test': 'reason_codes',
            'phi': {n: r.choice([0, 0.5, -0.5, 0.25, round(r.gauss(0, 1), 2)]) for n in names},
            'reasons': reasons,
            'adverse': r.choice(['higher', 'lower']),
            'limit': r.choice([4, 1, 2]),
        }
    k = r.randint(1, 5)
    terms = [
        {'coef': r.choice([1, -2, 0.5, 3]), 'powers': [r.choice([0, 0, 1, 2]) for _ in range(k)]}
        for _ in range(r.randint(1, 4))
    ]
    row = lambda: [r.choice([0, 1, -1, 2, 0.5]) for _ in range(k)]
    variant = r.choice(['exact', 'permutation', 'exact_groups'])
    common = {
        'test': 'shapley',
        'variant': variant,
        'polynomial': terms,
        'row': row(),
        'background': [row() for _ in range(r.choice([1, 2, 5]) if r.random() < 0.95 else 0)],
    }
    if variant == 'permutation':
        return {
            **common,
            'label': r.choice(['explain/d-1', 'é', f'explain/{r.random()}']),
            'pairs': r.choice([2, 5, 12]),
        }
    if variant == 'exact_groups':
        groups = {}
        for i in range(k):
            groups.setdefault(r.randint(0, 2), []).append(i)
        return {**common, 'groups': list(groups.values())}
    return common


def tree(r, features, constant):
    t = {
        'rule': r.choice(['le', 'lt']),
        'feature': [],
        'threshold': [],
        'left': [],
        'right': [],
        'missing_left': [],
        'value': [],
        'cover': [],
    }

    def grow(depth, cover):
        i = len(t['feature'])
        leaf = depth == 0 or cover < 2 or r.random() < 0.2
        for key, v in (
            ('feature', -1),
            ('threshold', 0),
            ('left', -1),
            ('right', -1),
            ('missing_left', False),
            ('value', 0),
            ('cover', cover),
        ):
            t[key].append(v)
        if leaf:
            t['value'][i] = round(r.gauss(0, 2), 3)
            return i
        t['feature'][i], t['threshold'][i], t['missing_left'][i] = (
            r.randrange(features),
            r.choice([0, 0.5, 1, -0.5, 0.25]),
            r.random() < 0.5,
        )
        left = r.choice([r.randint(1, cover - 1), r.randint(1, cover - 1), 0 if constant else 1])
        t['left'][i] = grow(depth - 1, left)
        t['right'][i] = grow(depth - 1, cover - left)
        return i

    grow(r.choice([0, 1, 3, 4]), r.choice([4, 50]))
    return t


def treeshap(r):
    features = r.randint(1, 6)
    row = lambda: [r.choice([None, 0, 0.5, 1, -0.5, 0.25, 0.3, 2, -0.0]) for _ in range(features)]
    variant = r.choice(['path_dependent', 'interventional'])
    if variant == 'interventional' and r.random() < 0.05:
        row = lambda: [0.5] * r.choice([features, features + 1])
    return {
        'test': 'treeshap',
        'variant': variant,
        'model': {
            'features': features,
            'offset': r.choice([0, 0.5, -3]),
            'trees': [tree(r, features, r.random() < 0.2) for _ in range(r.choice([0, 1, 3]))],
        },
        'rows': [[0.5] * features for _ in range(r.choice([0, 1, 3]))]
        if r.random() < 0.1
        else [
            [r.choice([None, 0, 0.5, 1, -0.5, 0.25, 0.3, 2, -0.0]) for _ in range(features)]
            for _ in range(r.choice([0, 1, 3]))
        ],
        **({'background': [row() for _ in range(r.choice([1, 4]))]} if variant == 'interventional' else {}),
    }


NEAR = {'abs': 1e-9, 'rel': 1e-9}
MAKERS = {'explanations': (NEAR, explanations), 'treeshap': (NEAR, treeshap)}
