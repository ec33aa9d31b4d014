"""Random looks: sequential tests, sample ratio, labels."""


def cumulative(r, looks, rates, step):
    totals, rows = [0] * len(rates), []
    for _ in range(looks):
        totals = [
            t + sum(r.random() < q for _ in range(step))
            if step <= 400
            else t + int(step * q * (0.8 + 0.4 * r.random()))
            for t, q in zip(totals, rates)
        ]
        rows.append(list(totals))
    return rows


def sequential_normal(r):
    looks, alpha = r.choice([1, 3, 8]), r.choice([0.05, 0.01, 0.2, 1e-6])
    common = {
        'tau': r.choice([0.001, 0.005, 0.05, 1]),
        'margin': r.choice([0, 0, 0.002, 0.05, -0.01]),
        'alpha': alpha,
        'min_events': r.choice([25, 25, 0, 1]),
    }
    step = r.choice([1, 20, 200, 10000, 10**6])
    rates = [r.choice([0, 0.01, 0.1, 0.5]), r.choice([0, 0.01, 0.1, 0.4])]
    rows = cumulative(r, looks, rates, step)
    if r.random() < 0.5:
        return {
            'test': 'paired',
            'variance_per_pair': r.choice([0.0001, 0.006, 0.2]),
            **common,
            'looks': [{'n': step * (i + 1), 'b': b, 'c': c} for i, (b, c) in enumerate(rows)],
        }
    ratio = r.choice([1, 3, 99])
    return {
        'test': 'two_arms',
        'variance': r.choice([0.0001, 0.0196, 0.25]),
        **common,
        'looks': [
            {'n1': step * (i + 1), 'x1': x1, 'n0': ratio * step * (i + 1), 'x0': x0 * ratio}
            for i, (x1, x0) in enumerate(rows)
        ],
    }


def sequential_counts(r):
    step = r.choice([1, 20, 200, 10000, 10**6])
    rows = cumulative(
        r, r.choice([1, 3, 10]), [r.choice([0, 0.01, 0.1, 0.5]), r.choice([0, 0.01, 0.1, 0.9])], step
    )
    return {
        'test': 'counts',
        'weight': r.choice([0.0001, 0.01, 0.05, 0.25, 0.5, 0.9]),
        'rate_ratio': r.choice([1.0, 1.25, 2, 0.8]),
        'alpha': r.choice([0.05, 0.01, 0.3]),
        'looks': rows,
    }


def sample_ratio(r):
    widths = r.choice(
        [[100, 9900], [1, 9999], [5000, 5000], [100, 100, 9800], [2500] * 4, [1000] * 10, [300, 300]]
    )
    n = r.choice([1, 20, 300, 5000, 10**6, 10**8])
    tilt = r.choice([1, 1, 1.02, 1.2, 0])
    units = [
        max(
            0,
            int(n * w / sum(widths) * (tilt if i == 0 else 1) + r.gauss(0, 1) * (n * w / sum(widths)) ** 0.5),
        )
        for i, w in enumerate(widths)
    ]
    if sum(units) == 0:
        units[-1] = 1
    return {'bucket_widths': widths, 'units': units}


def labels(r):
    if r.random() < 0.5:
        horizon = r.choice([1, 14, 30])
        return {
            'test': 'curve',
            'delays_days': [
                r.choice([0, horizon, round(r.random() * horizon, 2)]) for _ in range(r.choice([1, 2, 40]))
            ],
            'horizon_days': horizon,
            'ages_days': sorted({0, horizon, r.randint(0, horizon), round(r.random() * horizon, 2)}),
        }
    rows = [
        {
            'propensity': r.choice([1, 1.0, 0.5, 0.001, 0.07, 1e-6]),
            'label_seen': r.random() < 0.8,
            'label': r.randint(0, 1),
            'new_acts': r.randint(0, 1),
        }
        for _ in range(r.choice([1, 3, 30]))
    ]
    rows.append({'propensity': 0.3, 'label_seen': True, 'label': 1, 'new_acts': r.randint(0, 1)})
    return {'test': 'weighted_recall', 'rows': rows}


loose = {'abs': 1e-12, 'rel': 1e-6}
tight = {'abs': 1e-12, 'rel': 1e-9}
MAKERS = {
    'sequential-normal': (tight, sequential_normal),
    'sequential-counts': (loose, sequential_counts),
    'sample-ratio': (loose, sample_ratio),
    'labels': (tight, labels),
}
