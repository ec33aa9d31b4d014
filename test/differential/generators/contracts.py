"""Random arguments for the contract topics, with the edges where formulas break."""

ALPHAS = [1e-9, 1e-6, 0.001, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.49, 0.499999]
SIZES = [1, 2, 3, 5, 7, 10, 29, 30, 31, 59, 100, 299, 300, 1000, 9880, 12345, 100000, 1234567, 10**7]
MARGINS = [0, 1e-6, 1e-4, 0.001, 0.002, 0.01, 0.05, 0.2, 0.5, 0.9, -1e-5, -0.001, -0.02, -0.3]


def count(r, n):
    """A count of n: none, one, all, all but one, rare or anything."""
    return (
        r.choice(
            [
                0,
                1,
                n,
                n - 1,
                min(n, 2),
                min(n, r.randint(0, 30)),
                r.randint(0, n),
                r.randint(0, max(1, n // 100)),
            ]
        )
        if n > 1
        else r.choice([0, n])
    )


def binomial_bounds(r):
    n = r.choice(SIZES)
    x = count(r, n)
    if r.random() < 0.3 and n > 1:
        n, x = n - 0.37, r.choice([0, 0.01, round(r.random() * (n - 1), 3), n - 0.37])
    return {'x': x, 'n': n, 'alpha': r.choice(ALPHAS)}


def mcnemar(r):
    top = r.choice([1, 3, 10, 60, 500, 3000])
    b = r.randint(0, top)
    return {'b': b, 'c': r.choice([b, 0, r.randint(0, top)])}


def discordant(r, n):
    b = count(r, n)
    c = min(n - b, r.choice([0, 1, b, r.randint(0, 40), count(r, n)]))
    return (b, c) if r.random() < 0.5 else (c, b)


def paired_difference(r):
    n = r.choice(SIZES)
    b, c = discordant(r, n)
    if r.random() < 0.25:
        f = r.choice([1.37, 2.5, 4.0])
        n, b, c = n / f, b / f, c / f
    d = (b - c) / n
    margins = r.sample(MARGINS, 3) + ([round(d, 4), d + 0.01] if -0.95 < d < 0.95 else [])
    return {'n': n, 'b': b, 'c': c, 'alpha': r.choice(ALPHAS), 'margins': margins}


def unpaired_difference(r):
    n1, n0 = r.choice(SIZES), r.choice(SIZES)
    margins = r.sample([m for m in MARGINS if abs(m) < 0.6], 3)
    return {
        'x1': count(r, n1),
        'n1': n1,
        'x0': count(r, n0),
        'n0': n0,
        'alpha': r.choice(ALPHAS),
        'margins': margins,
    }


def clustered_counts(r):
    groups, most = r.choice([2, 3, 12, 40]), r.choice([1, 2, 6, 40])
    rate = r.choice([0, 0.05, 0.3, 1])
    if r.random() < 0.5:
        clusters = []
        for _ in range(groups):
            n = r.randint(1, most)
            b = sum(r.random() < rate for _ in range(n)) if r.random() < 0.5 else 0
            clusters.append({'n': n, 'b': b, 'c': sum(r.random() < rate * r.random() for _ in range(n - b))})
        return {
            'clusters': clusters,
            'alpha': r.choice(ALPHAS[2:]),
            'margin': r.choice([0, 0.002, 0.01, 0.1, -0.05]),
        }
    clusters = []
    for _ in range(groups):
        n = r.randint(1, most)
        clusters.append({'n': n, 'x': r.choice([0, n, sum(r.random() < rate for _ in range(n))])})
    return {
        'rate_clusters': clusters,
        'alpha': r.choice(ALPHAS[2:]),
        'limit': r.choice([0.001, 0.01, 0.2, 0.9]),
    }


def cluster_bootstrap(r):
    seed = f'fettle-bootstrap/1|{r.choice(["Zürich", "a", "", "x" * 300])}|{r.randint(0, 10**9)}'
    if r.random() < 0.4:
        return {'test': 'generator', 'seed': seed, 'clusters': r.choice([1, 2, 3, 1000, 10**7, 2**31])}
    groups, auc = r.randint(20, 32), r.random() < 0.5
    digits, records = r.choice([0, 1, 3]), []
    constant, rate = r.random() < 0.1, r.choice([0.3, 0.3, 0.12, 0.9])
    for g in range(groups):
        for _ in range(r.choice([1, 1, 2, 3])):
            old = round(r.random() * 3, digits)
            record = {
                'cluster': g,
                'old': old,
                'new': old if constant or r.random() < 0.3 else round(r.random() * 3 - 0.1, digits),
            }
            records.append({**record, 'label': int(r.random() < rate)} if auc else record)
    if auc:
        records[0]['label'], records[-1]['label'] = 0, 1
    return {
        'test': 'bca',
        'statistic': 'auc_harm' if auc else 'mean_harm',
        'seed': seed,
        'replicates': 2000,
        'alpha': r.choice([0.05, 0.025, 0.01, 0.001]),
        'margin': r.choice([0, 0.02, 0.1, -0.1, 5]),
        'records': records,
    }


def verdicts(r):
    cells = []
    for i in range(r.choice([1, 2, 3, 6, 12])):
        kind = r.choice(['within', 'no_worse', 'better', 'at_most', 'at_least'])
        n = r.choice([1, 5, 29, 30, 31, 300, 900, 4000, 12000, 10**6])
        cell = {'cell': f'{kind}:{i}', 'kind': kind, 'protected': r.random() < 0.75}
        if kind in ('at_most', 'at_least'):
            cell.update(x=count(r, n), n=n, limit=r.choice([0.002, 0.01, 0.2, 0.9, 0.99]))
        else:
            b, c = discordant(r, min(n, 300))
            cell.update(n=n, b=b, c=c)
            if kind == 'better':
                cell.update(r.choice([{}, {'by': 0}, {'by': 0.02}, {'by': 0.001}]))
            else:
                cell['margin'] = (
                    r.choice([0, 0.001, 0.002, 0.01, 0.2])
                    if kind == 'no_worse'
                    else r.choice([0.001, 0.003, 0.05])
                )
            if r.random() < 0.5:
                cell['better'] = r.choice(['higher', 'lower'])
        cells.append(cell)
    return {'alpha': r.choice([0.05, 0.025, 0.01, 0.37]), 'cells': cells}


def power(r):
    alpha, beta = r.choice([0.05, 0.025, 0.01, 0.001, 0.4]), r.choice([0.2, 0.1, 0.01, 0.004])
    plan = r.choice(['paired', 'paired', 'unpaired', 'at_most', 'at_most_smallest_n', 'zero_events', 'set'])
    if plan == 'set':
        return {
            'plan': plan,
            'protected_cells': r.choice([1, 2, 7, 50, 1000]),
            'power': r.choice([0.8, 0.9, 0.95]),
            'alpha': alpha,
            'looks': r.choice([1, 2]),
        }
    if plan == 'zero_events':
        return {'plan': plan, 'limit': r.choice([1e-6, 1e-4, 0.003, 0.02, 0.3, 0.9]), 'alpha': alpha}
    limit = r.choice([0.002, 0.01, 0.05, 0.3])
    if plan == 'at_most':
        return {
            'plan': plan,
            'n': r.choice([1, 10, 299, 1000, 20000, 10**6]),
            'limit': limit,
            'assumed': limit * r.choice([0, 0.1, 0.5, 0.9]),
            'alpha': alpha,
        }
    if plan == 'at_most_smallest_n':
        limit = r.choice([0.01, 0.05, 0.3])
        return {
            'plan': plan,
            'limit': limit,
            'assumed': limit * r.choice([0.05, 0.2, 0.4]),
            'alpha': alpha,
            'beta': beta,
        }
    if plan == 'unpaired':
        p = r.choice([0.002, 0.02, 0.5])
        return {
            'plan': plan,
            'p_new': p * r.choice([1, 1.1, 0.8]),
            'p_old': p,
            'margin': p * r.choice([0.25, 0.5]),
            'old_per_new': r.choice([1, 3, 9, 99, 0.5]),
            'alpha': alpha,
            'beta': beta,
        }
    pd = r.choice([0.0005, 0.004, 0.03, 0.3])
    if r.random() < 0.4:
        return {
            'plan': plan,
            'disagreement': pd,
            'margin': 0,
            'assumed_harm': -pd * r.choice([0.2, 0.5, 0.9]),
            'alpha': alpha,
            'beta': beta,
        }
    return {
        'plan': plan,
        'disagreement': pd,
        'margin': pd * r.choice([0.1, 0.5, 1.5]),
        'assumed_harm': r.choice([0, 0, pd * 0.05, -pd * 0.3]),
        'alpha': alpha,
        'beta': beta,
    }


def acceptance(r):
    n = r.choice([1, 2, 28, 29, 30, 58, 59, 60, 119, 120, 240, 480])
    return {'accepted': max(0, n - r.choice([0, 0, 1, 2, 5, n])), 'decided': n, 'alpha': 0.05}


cluster_bootstrap.most = 20
tight = {'abs': 1e-12, 'rel': 1e-9}
MAKERS = {
    'binomial-bounds': (tight, binomial_bounds),
    'mcnemar': (tight, mcnemar),
    'paired-difference': ({'abs': 1e-10, 'rel': 1e-8}, paired_difference),
    'unpaired-difference': ({'abs': 1e-10, 'rel': 1e-7}, unpaired_difference),
    'clustered-counts': ({'abs': 1e-10, 'rel': 1e-8}, clustered_counts),
    'cluster-bootstrap': ({'abs': 1e-9, 'rel': 1e-8}, cluster_bootstrap),
    'verdicts': ({'abs': 1e-10, 'rel': 1e-7}, verdicts),
    'power': ({'abs': 1e-10, 'rel': 1e-8}, power),
    'acceptance': (tight, acceptance),
}
