"""Random assignment and rollouts: mostly legal walks with one odd row at the end."""

from oracle.rollouts import TABLE, rollout_replay

TEXTS = [
    '',
    '0',
    '-1',
    'c-1',
    'Zürich',
    'Zu\u0308rich',
    '東京',
    '🛫',
    'a\x1fb',
    'true',
    '2026-11-21',
    '9223372036854775807',
    '-0',
    ' ',
    'é' * 200,
    '\x00',
    '\u200f',
    'x' * 60,
]
ACTORS = ['rule', 'person', 'system', 'local-kill']


def rollout_replay_rows(r):
    steps = r.choice([[1, 5, 25, 50], [50], [1, 100], [0.5, 10, 20]])
    rows, length = [], r.randint(1, 16)
    while len(rows) < length:
        now = rollout_replay({'steps': steps, 'rows': rows})
        legal = [
            (e, actor)
            for e, by in TABLE.items()
            if now['state'] in by
            for actor in sorted(by[now['state']][1])
        ]
        odd = r.random() < 0.1
        event, actor = (
            r.choice(legal)
            if legal and not odd
            else (r.choice([*TABLE, 'promote', 'kill']), r.choice(ACTORS))
        )
        if not odd and event in ('abort', 'roll_back', 'first_release') and r.random() < 0.7:
            continue
        row = {'event': event, 'actor': actor}
        if event == 'hold':
            row['cause'] = r.choice(['srm', 'measuring-error', 'capacity', 'inconclusive', 'stale-labels'])
        if event == 'step_down':
            if now['step'] in (None, 0) and not odd:
                continue
            row['weight'] = r.choice(
                steps[: now['step']] if now['step'] and r.random() < 0.8 else [*steps, 99]
            )
        if event in ('start_canary', 'step_up') and r.random() < 0.3:
            row['weight'] = r.choice([*steps, 0])
        rows.append(row)
        if rollout_replay({'steps': steps, 'rows': rows})['refused']:
            break
    return {'steps': steps, 'rows': rows}


def buckets(r):
    return {
        'salt': r.choice(['a', '0', 'late-2026w47', 'x' * 96, 'a_b-c']),
        'parts': [
            r.choice([*TEXTS, str(r.randint(-(10**18), 10**18))]) for _ in range(r.choice([1, 1, 2, 3]))
        ],
    }


def traffic_ranges(r):
    held, ops = {}, []
    for _ in range(r.randint(1, 10)):
        arm = r.choice(['a', 'b', 'c', 'control'])
        if arm in held and r.random() < 0.4:
            ops.append({'op': 'release', 'arm': arm})
            del held[arm]
            continue
        room = 10000 - sum(held.values())
        width = held.get(arm, 0) + r.choice([0, 1, 100, 500, r.randint(0, room), room])
        if 0 < width <= held.get(arm, 0) + room:
            held[arm] = width
            ops.append({'op': 'grow', 'arm': arm, 'buckets': width})
    return {'ops': ops}


exact = {'abs': 0, 'rel': 0}
traffic_ranges.most = 60
MAKERS = {
    'rollout-replay': (exact, rollout_replay_rows),
    'buckets': (exact, buckets),
    'traffic-ranges': (exact, traffic_ranges),
}
