"""Shrunk arguments of differences that were found and mended; generate.py writes them with every seed."""

TREE = {
    'rule': 'le',
    'feature': [0, -1, -1],
    'threshold': [0.5, 0, 0],
    'left': [1, -1, -1],
    'right': [2, -1, -1],
    'missing_left': [True, False, False],
    'value': [0, 10, 20],
    'cover': [4, 3, 1],
}
MODEL = {'features': 1, 'offset': 0, 'trees': [TREE]}
FOUND = [
    (
        'sequential-counts',
        {
            'test': 'counts',
            'weight': 0.0001,
            'rate_ratio': 0.8,
            'alpha': 0.05,
            'looks': [[0, 20], [3, 49], [3, 4000]],
        },
    ),
    ('sample-ratio', {'bucket_widths': [1, 9999], 'units': [0, 19]}),
    ('sample-ratio', {'bucket_widths': [1, 9999], 'units': [0, 1]}),
    ('json-numbers', {'datatype': 'FP64', 'nullable': True, 'data_json': '[NaN,Infinity]'}),
    ('json-numbers', {'datatype': 'FP32', 'nullable': True, 'data_json': '[1,NaN]'}),
    ('classification', {'test': 'log_loss', 'label': [1, 0], 'probability': [1.2, 0.5]}),
    ('classification', {'test': 'brier', 'label': [1, 0], 'probability': [0.5, -0.5]}),
    ('classification', {'test': 'roc_auc', 'label': [1, 0], 'score': [0.5, None]}),
    ('classification', {'test': 'confusion', 'label': [1, 0], 'action': [1, 3]}),
    ('classification', {'test': 'confusion', 'label': [0, 1], 'action': [2, 1]}),
    ('calibration', {'test': 'brier_parts', 'label': [], 'probability': []}),
    ('calibration', {'test': 'brier_parts', 'label': [1], 'probability': [1.2]}),
    (
        'calibration',
        {'test': 'ece', 'variant': 'equal_count', 'label': [1], 'probability': [1.2], 'bins': 10},
    ),
    ('calibration', {'test': 'isotonic', 'x': [1, 2], 'y': [1, 2], 'weight': [-1, 1], 'at': [1]}),
    ('calibration', {'test': 'isotonic', 'x': [1, 2], 'y': [1], 'at': [1]}),
    ('calibration', {'test': 'isotonic', 'x': [1, 2], 'y': [1, 2], 'weight': [0, 0], 'at': [1]}),
    ('calibration', {'test': 'platt', 'score': [1], 'label': [0, 1]}),
    ('calibration', {'test': 'platt', 'score': [1, 2], 'label': [0, 2]}),
    ('regression', {'test': 'regression', 'label': [1, None], 'prediction': [1, 2]}),
    (
        'verdicts',
        {
            'alpha': 0.01,
            'cells': [
                {'cell': 'at_most:5', 'kind': 'at_most', 'protected': True, 'x': 1, 'n': 1, 'limit': 0.01}
            ],
        },
    ),
    ('binomial-bounds', {'x': 0, 'n': 0, 'alpha': 0.05}),
    ('verdicts', {'test': 'cohen_kappa', 'table': [[0, 6], [0, 47]]}),
    ('verdicts', {'test': 'cohen_kappa', 'table': [[28, 0], [31, 0]]}),
    (
        'explanations',
        {
            'test': 'shapley',
            'variant': 'exact',
            'polynomial': [{'coef': 1, 'powers': [1]}],
            'row': [1],
            'background': [],
        },
    ),
    (
        'treeshap',
        {
            'test': 'treeshap',
            'variant': 'interventional',
            'model': MODEL,
            'rows': [[1]],
            'background': [[1, 2]],
        },
    ),
    (
        'treeshap',
        {
            'test': 'treeshap',
            'variant': 'path_dependent',
            'model': {**MODEL, 'trees': [{**TREE, 'cover': [4, 0, 0]}]},
            'rows': [[1]],
        },
    ),
]
