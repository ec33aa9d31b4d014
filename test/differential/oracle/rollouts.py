"""Answers for assignment and rollouts (releases.md 8, 9): hashing, bucket ranges and the table T1-T15."""

import hashlib

ANY = {'rule', 'person', 'system', 'local-kill'}
TABLE = {  # event: {from: (to, actors)}
    'verify_passed': {None: ('verified', {'system'})},
    'start_shadow': {'verified': ('shadow', {'rule', 'person'})},
    'first_release': {'verified': ('probation', {'person'})},
    'start_canary': {'shadow': ('canary', {'rule', 'person'})},
    'step_up': {'canary': ('canary', {'rule', 'person'})},
    'start_probation': {'canary': ('probation', {'rule', 'person'})},
    'confirm': {'probation': ('champion', {'rule', 'person'})},
    'superseded': {'champion': ('retired', {'system'})},
    'hold': {
        s: ('held', {'rule', 'person', 'system'}) for s in ('verified', 'shadow', 'canary', 'probation')
    },
    'resume': {'held': ('back', {'rule', 'person'})},
    'abort': {
        s: ('aborted', {'rule', 'person', 'local-kill'}) for s in ('verified', 'shadow', 'canary', 'held')
    },
    'roll_back': {
        'probation': ('rolled_back', {'rule', 'person', 'local-kill'}),
        'held': ('rolled_back', {'rule', 'person', 'local-kill'}),
        'champion': ('rolled_back', {'rule', 'person'}),
    },
    'reinstated': {'retired': ('champion', {'system'})},
    'step_down': {'canary': ('canary', {'rule', 'person'})},
}


def rollout_replay(a):
    steps, state, step, held, weight, cause = a['steps'], None, None, None, 0, None
    out = lambda refused: {
        'state': state,
        'weight': weight,
        'step': step,
        'held_from': held,
        'refused': refused,
    }
    for i, row in enumerate(a['rows']):
        event = row['event']
        found = TABLE.get(event, {}).get(state)
        illegal = (
            found is None
            or (event == 'abort' and held == 'probation')
            or (event == 'roll_back' and state == 'held' and held != 'probation')
        )
        illegal = (
            illegal
            or (event == 'step_up' and step == len(steps) - 1)
            or (event == 'start_probation' and step != len(steps) - 1)
        )
        illegal = illegal or (event == 'step_down' and step == 0 and 'weight' not in row)
        if illegal:
            return out({'row': i, 'code': 'ILLEGAL_TRANSITION'})
        to, actors = found
        if row['actor'] not in actors or (
            event == 'resume' and row['actor'] == 'rule' and cause not in ('measuring-error', 'capacity')
        ):
            return out({'row': i, 'code': 'ACTOR_NOT_ALLOWED'})
        at = {'start_canary': 0, 'step_up': None if step is None else step + 1}.get(event)
        if event == 'step_down':
            below = [j for j in range(step) if steps[j] == row.get('weight', steps[max(0, step - 1)])]
            if not below:
                return out({'row': i, 'code': 'ILLEGAL_WEIGHT'})
            at = below[-1]
        if at is not None:
            if row.get('weight', steps[at]) != steps[at]:
                return out({'row': i, 'code': 'ILLEGAL_WEIGHT'})
            step, weight = at, steps[at]
        if event == 'hold':
            held, cause = state, row.get('cause')
        elif event == 'resume':
            to, held, cause = held, None, None
        if to in ('probation', 'champion') and event != 'resume':
            step, weight = None, 100
        if to in ('aborted', 'rolled_back', 'retired'):
            step, weight, held = None, 0, None
        state = to
    return out(None)


def buckets(a):
    message = a['salt'].encode() + b''.join(b'\x1f' + p.encode() for p in a['parts'])
    first = hashlib.sha256(message).digest()[:8]
    word = int.from_bytes(first, 'big')
    return {'message_hex': message.hex(), 'first8_hex': first.hex(), 'u64': str(word), 'bucket': word % 10000}


def traffic_ranges(a):
    owner, touched, after = ['champion'] * 10000, [False] * 10000, []
    for op in a['ops']:
        arm = op['arm']
        mine = [b for b in range(10000) if owner[b] == arm]
        if op['op'] == 'release':
            for b in mine:
                owner[b] = 'champion'
                touched[b] = True
        else:
            free = [b for b in range(10000) if owner[b] == 'champion']
            if arm == 'control':
                free.reverse()
            order = [b for b in free if not touched[b]] + [b for b in free if touched[b]]
            for b in order[: op['buckets'] - len(mine)]:
                owner[b] = arm
                touched[b] = True
        after.append(ranges_of(owner))
    return {'ranges_after': after}


def ranges_of(owner):
    ranges, start = {}, 0
    for b in range(1, 10001):
        if b == 10000 or owner[b] != owner[start]:
            ranges.setdefault(owner[start], []).append([start, b])
            start = b
    return ranges


ANSWERS = {'rollout-replay': rollout_replay, 'buckets': buckets, 'traffic-ranges': traffic_ranges}
