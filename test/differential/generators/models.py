"""Random arguments for model metrics, fairness and impact."""

EXACT, TIGHT = {'abs': 0, 'rel': 0}, {'abs': 1e-12, 'rel': 1e-9}


def labels_of(r, n):
    rate = r.choice([0, 0.1, 0.5, 0.9, 1])
    return [int(r.random() < rate) for _ in range(n)]


def size(r):
    return r.choice([0, 1, 2, 3, 10, 40, 90])


def weight_of(r, n):
    return (
        {'weight': [r.choice([0.5, 1, 2, 0.25, 3, 0]) for _ in range(n)]} if r.random() < 0.25 and n else {}
    )


def classification(r):
    n = size(r)
    label = labels_of(r, n)
    test = r.choice(
        [
            'confusion',
            'rates',
            'rates',
            'roc_auc',
            'gini',
            'pr_auc',
            'ks_separation',
            'at_k',
            'log_loss',
            'brier',
            'multiclass',
            'ipw',
        ]
    )
    if test in ('confusion', 'rates'):
        action = list(
            r.choice([label, labels_of(r, n), [1 - y for y in label], [int(r.random() < 0.5) for _ in label]])
        )
        if r.random() < 0.05 and n:
            action[-1] = r.choice([2, 3, -1])
        return {'test': test, 'label': label, 'action': action, **weight_of(r, n)}
    if test == 'multiclass':
        classes = r.choice([['a'], ['a', 'b', 'c', 'd'], ['10', '9', 'é', '__proto__x']])
        return {
            'test': test,
            'label': [r.choice(classes[:3]) for _ in range(n)],
            'predicted': [r.choice(classes) for _ in range(n)],
            'classes': classes,
        }
    if test == 'ipw':
        return {
            'test': test,
            'label': label,
            'action': labels_of(r, n),
            'weight': [r.choice([1, 2, 20, 1.5]) for _ in range(n)],
        }
    values = [round(r.random(), r.choice([0, 1, 4])) for _ in range(n)]
    if r.random() < 0.04 and n:
        values[0] = (
            r.choice(['NaN', 'Infinity'])
            if test not in ('log_loss', 'brier')
            else r.choice(['NaN', 1.25, -0.5, 'Infinity', None])
        )
    elif r.random() < 0.03 and n:
        label[-1] = 2
    if test in ('log_loss', 'brier'):
        return {'test': test, 'label': label, 'probability': values}
    return {
        'test': test,
        'label': label,
        'score': values,
        **(
            {'k': r.randint(1, n)}
            if test == 'at_k' and n
            else {'k': 1}
            if test == 'at_k'
            else weight_of(r, n)
            if test == 'roc_auc'
            else {}
        ),
    }


def regression(r):
    n = size(r)
    if r.random() < 0.3:
        return {
            'test': 'quantile',
            'variant': 'linear',
            'values': [round(r.gauss(0, 3), r.choice([0, 2])) for _ in range(n)],
            'q': r.choice([0, 0.1, 0.25, 0.5, 0.9, 0.99, 1]),
        }
    digits, shift = r.choice([0, 1, 3]), r.choice([0, 5, 1000])
    label = [7.5] * n if r.random() < 0.1 else [round(r.gauss(shift, 2), digits) for _ in range(n)]
    prediction = r.choice([list(label), [round(y + r.gauss(0, 1), digits) for y in label], [3.0] * n])
    if r.random() < 0.05 and n:
        prediction[0] = r.choice(['NaN', 'Infinity'])
    return {'test': 'regression', 'label': label, 'prediction': prediction}


def calibration(r):
    n = size(r)
    label, ps = labels_of(r, n), [round(r.random(), r.choice([1, 2, 4])) for _ in range(n)]
    test = r.choice(['ece', 'ece', 'brier_parts', 'isotonic', 'isotonic', 'platt'])
    if test == 'isotonic':
        x = [round(r.random() * 4, r.choice([0, 1, 3])) for _ in range(n)]
        y = r.choice(
            [label, [round(r.gauss(0, 1), 2) for _ in range(n)], sorted(ps), sorted(ps, reverse=True)]
        )
        return {
            'test': test,
            'x': x,
            'y': y,
            'at': [-1, 0, 1, 1.5, 2.25, 4, 9, *x[:3]],
            **({'weight': [-1.0] * n} if n and r.random() < 0.02 else weight_of(r, n)),
        }
    if test == 'platt':
        score = [round(r.gauss(0, 2), 3) for _ in range(max(n, 10))]
        return {
            'test': test,
            'score': score,
            'label': [0, 1] + [int(r.random() < 1 / (1 + 2.7**-s)) for s in score[2:]],
        }
    if r.random() < 0.05 and n:
        ps[0] = r.choice([1.2, -0.1])
    return {
        'test': test,
        **({'variant': r.choice(['equal_width', 'equal_count'])} if test == 'ece' else {}),
        'label': label,
        'probability': ps,
        **({'bins': r.choice([1, 5, 10, 15])} if test == 'ece' else {}),
    }


calibration.tolerances = {'platt': {'abs': 1e-6, 'rel': 1e-6}}


def performance_estimation(r):
    test = r.choice(['cbpe', 'cbpe', 'cbpe', 'grade_window', 'estimator_trust'])
    if test == 'grade_window':
        return {
            'test': test,
            'estimate': round(r.random(), 3),
            'sd': r.choice([0.01, 0.2, 1e-6]),
            'realised': round(r.random(), 3),
            'realised_sd': r.choice([0, 0.01, 0.1]),
        }
    if test == 'estimator_trust':
        return {
            'test': test,
            'misses': [r.random() < 0.25 for _ in range(r.choice([0, 2, 4, 5, 9, 10, 11, 20]))],
        }
    n = r.choice([1, 2, 10, 60])
    p = (
        r.choice([[0.0] * n, [1.0] * n, [round(r.random(), 2) for _ in range(n)]])
        if r.random() < 0.3
        else [round(r.random(), 3) for _ in range(n)]
    )
    return {
        'test': test,
        'calibrated': p,
        'action': r.choice([[0] * n, [1] * n, [int(v > 0.5) for v in p]]),
        'score': [round(r.random(), r.choice([0, 1, 3])) for _ in range(n)],
    }


def confusion(r):
    top = r.choice([1, 9, 60, 900, 10**5])
    return {k: r.choice([0, r.randint(0, top), r.randint(0, top)]) for k in ('tp', 'fp', 'fn', 'tn')}


def fairness(r):
    test = r.choice(
        ['fairness_table', 'fairness_table', 'fairlearn', 'clarify', 'four_fifths', 'four_fifths']
    )
    if test == 'four_fifths':
        n1, n2 = r.choice([40, 200, 1000, 10**6]), r.choice([40, 200, 1000])
        return {
            'test': test,
            'x1': r.choice([0, n1, r.randint(0, n1)]),
            'n1': n1,
            'x2': r.choice([0, n2, r.randint(0, n2), int(n2 * 0.3)]),
            'n2': n2,
        }
    if test == 'clarify':
        return {
            'test': 'fairness_compatible',
            'variant': test,
            'sensitive': confusion(r),
            'rest': confusion(r),
        }
    groups = {
        name: confusion(r) for name in r.sample(['b', 'a', 'é', '(missing)', 'g10', 'Z'], r.randint(1, 5))
    }
    if test == 'fairlearn':
        return {'test': 'fairness_compatible', 'variant': test, 'groups': groups}
    return {
        'test': test,
        'groups': groups,
        'limit': r.choice([0.05, 0.1, 0.3, 0.01]),
        'min_denominator': r.choice([1, 1, 30, 2]),
    }


def monitoring_verdicts(r):
    test = r.choice(
        [
            'impact',
            'impact',
            'confidence_sequence',
            'cohen_kappa',
            'cohen_kappa',
            'pairwise_both_orders',
            'flake_rate',
            'score_mean',
            'minimal_detectable_difference',
        ]
    )
    if test == 'impact':
        side = lambda: {
            'n': r.choice([0, 99, 100, 5000, 95000, 10**7]),
            'mean': r.choice([0.1, 0.1005, 0.13, 0.098, 0]),
            'variance': r.choice([0.09, 0.0001, 0]),
        }
        model = side()
        model['n'] = max(model['n'], 1)
        return {
            'test': test,
            'model': model,
            'holdback': side(),
            'better': r.choice(['higher', 'lower']),
            'matters': r.choice([0.01, 0.001, 0.2]),
            'alpha': r.choice([0.05, 0.01]),
        }
    if test == 'confidence_sequence':
        return {
            'test': test,
            'difference': r.gauss(0, 0.1),
            'variance': r.choice([1e-6, 0.0004, 1, 1e-12]),
            'tau': r.choice([0.01, 0.02, 1]),
            'alpha': r.choice([0.05, 0.001, 0.2]),
        }
    if test == 'cohen_kappa':
        k = r.choice([2, 2, 3, 5])
        return {
            'test': test,
            'table': [
                [
                    r.choice([0, r.randint(0, 40)]) + (20 if i == j and r.random() < 0.5 else 0)
                    for j in range(k)
                ]
                for i in range(k)
            ],
        }
    if test == 'pairwise_both_orders':
        return {
            'test': test,
            **{k: r.choice(['first', 'second', 'tie', 'error']) for k in ('a_shown_first', 'b_shown_first')},
        }
    if test == 'flake_rate':
        return {
            'test': test,
            'results': [
                [r.choice(['pass', 'fail', None, 'pass']) for _ in range(r.randint(0, 4))]
                for _ in range(r.choice([0, 1, 6]))
            ],
        }
    if test == 'score_mean':
        return {'test': test, 'scores': [r.choice([None, 0, 1, 0.25]) for _ in range(r.choice([1, 3, 20]))]}
    return {
        'test': test,
        'sd_of_differences': r.choice([0.4, 1, 0]),
        'n': r.choice([1, 25, 10**6]),
        'alpha': r.choice([0.05, 0.01]),
        'power': r.choice([0.8, 0.95]),
    }


monitoring_verdicts.tolerances = {'impact': {'abs': 1e-10, 'rel': 1e-8}}


MAKERS = {
    'classification': (TIGHT, classification),
    'regression': (TIGHT, regression),
    'calibration': (TIGHT, calibration),
    'performance-estimation': (TIGHT, performance_estimation),
    'fairness': ({'abs': 1e-10, 'rel': 1e-8}, fairness),
    'monitoring-verdicts': (TIGHT, monitoring_verdicts),
}
