"""Writes random cases with the oracle's answers: python generate.py SEED CASES-PER-FILE FOLDER [file ...]."""

import json
import math
import random
import sys
from pathlib import Path

from generators import makers
from generators.mended import FOUND
from oracle import answer


def plain(value):
    """JSON has no NaN and no infinities: the vector files write them as text."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {'nan': 'NaN', 'inf': 'Infinity', '-inf': '-Infinity'}[str(value)]
    return value


STATISTICS = {
    'special-functions',
    'random-and-hash',
    'intervals',
    'tests',
    'sketches',
    'frozen-bins',
    'drift-metrics',
    'drift-decision',
    'classification',
    'regression',
    'calibration',
    'performance-estimation',
    'fairness',
    'monitoring-verdicts',
    'explanations',
    'treeshap',
}


def cases_of(name, make, seed, count):
    r = random.Random(f'{seed}/{name}')
    topic = name.removeprefix('monitoring-')
    for number in range(min(count, getattr(make, 'most', count))):
        arguments = plain(make(r))
        out = plain(answer(topic, json.loads(json.dumps(arguments))))
        case = {'id': f'{topic}-{number + 1:03d}', 'in': arguments, 'out': out}
        if arguments.get('test') in getattr(make, 'tolerances', {}):
            case['tolerance'] = make.tolerances[arguments['test']]
        yield case


def write(path, about, tolerance, cases):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ',\n'.join(json.dumps(c, ensure_ascii=False, separators=(',', ':')) for c in cases)
    head = json.dumps({'about': about, 'schema': 1, 'tolerance': tolerance})
    path.write_text(f'{head[:-1]}, "cases": [\n{lines}\n]}}\n')


def main(seed, count, folder, files):
    for name, (tolerance, make) in makers().items():
        if files and name not in files:
            continue
        path = (
            Path(folder)
            / ('statistics' if name in STATISTICS else 'releases')
            / f'{name.removeprefix("monitoring-")}.json'
        )
        write(path, f'Random cases of {name}, seed {seed}.', tolerance, cases_of(name, make, seed, count))
    if not files:
        mended = [
            {'id': f'{topic}-{i + 1:03d}', 'in': a, 'out': plain(answer(topic, json.loads(json.dumps(a))))}
            for i, (topic, a) in enumerate(FOUND)
        ]
        write(
            Path(folder) / 'mended.json',
            'Shrunk cases of differences that were mended.',
            {'abs': 1e-12, 'rel': 1e-6},
            mended,
        )


if __name__ == '__main__':
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:])
