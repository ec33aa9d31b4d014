"""Random bytes and JSON: tensors, bodies, numbers, frames."""

import json
import struct

from oracle.wire import WIDTH, frame

TEXTS = ['', 'a', 'Zürich', '🛫', '東京', 'x' * 300, '\x00', 'a"b\\c']
NUMBERS = [
    '0',
    '-0',
    '-0.0',
    '0.0',
    '1',
    '-1',
    '1.0',
    '1e3',
    '1E+2',
    '1.5',
    '127',
    '128',
    '-128',
    '-129',
    '255',
    '256',
    '32767',
    '32768',
    '65535',
    '65536',
    '2147483647',
    '2147483648',
    '-2147483648',
    '-2147483649',
    '4294967295',
    '4294967296',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '-9223372036854775809',
    '18446744073709551615',
    '18446744073709551616',
    '9007199254740993',
    '9007199254740993.0',
    '1e400',
    '-1e400',
    '1e-400',
    '1e308',
    '1.7976931348623159e308',
    '5e-324',
    '2e-324',
    '3.4028234663852886e38',
    '3.4028235677973366e38',
    '3.4028235677973362e38',
    '3.5e38',
    '1e-46',
    '1.4e-45',
    '7e-46',
    '16777217',
    '0.1',
    '65504',
    '65519.99',
    '65520',
    '6e-8',
    '2.9e-8',
    '1e19',
    '1e-7',
    '1.00000000000000000000001',
    '123456789012345678901234567890e-12',
    '1000000000000000000000e-3',
    '10e-1',
    '0e999',
    '0.0000001e7',
    '340282356779733661637539395458142568447',
]
WORDS = ['true', 'false', 'null', 'NaN', 'Infinity', '-Infinity']
STRINGS = [
    '""',
    '"1"',
    '"-1"',
    '"9007199254740993"',
    '"18446744073709551615"',
    '"9223372036854775808"',
    '"1.0"',
    '"1e3"',
    '" 1"',
    '"abc"',
    '"NaN"',
    '"Z\\u00fcrich"',
    '"\\ud83d\\udeeb"',
    '"\\ud83d"',
    '"\\udeeb\\ud83d"',
    '"🛫"',
    '"\\n\\t\\"\\/\\\\"',
    '"\\u0000"',
    '"true"',
]
BROKEN = [
    'nan',
    'inf',
    '+1',
    '.5',
    '1.',
    '01',
    '-',
    '1e',
    '0x10',
    '--1',
    "'a'",
    '"\\x"',
    '"a',
    'True',
    '-NaN',
    '1 2',
    '"\x01"',
    '1_000',
    '"\\u12"',
    'undefined',
    '-01',
    '+Infinity',
]
KINDS = [
    'INT8',
    'INT16',
    'INT32',
    'INT64',
    'UINT8',
    'UINT16',
    'UINT32',
    'UINT64',
    'FP16',
    'FP32',
    'FP64',
    'BOOL',
    'BYTES',
]


def json_numbers(r):
    kind = r.choice([k for k in KINDS if k != 'FP16'])  # float16 has no JSON form
    usual = {'BOOL': ['true', 'false'], 'BYTES': STRINGS}.get(kind, NUMBERS)
    pool = [usual, usual, usual, usual, usual, WORDS, STRINGS, NUMBERS]
    items = [r.choice(r.choice(pool)) for _ in range(r.choice([0, 1, 1, 2, 3, 5]))]
    text = (
        r.choice(['[', ' [ ', '[\n'])
        + r.choice([',', ' , ', ',\t']).join(items)
        + r.choice([']', ' ]', ']\n'])
    )
    if r.random() < 0.15:
        text = r.choice(
            [
                text + 'x',
                text[:-1],
                text + '[]',
                '',
                '[,]',
                '[1,]',
                f'[{r.choice(BROKEN)}]',
                f'[1,{r.choice(BROKEN)}]',
                '{',
                '[1 1]',
                text.replace('[', '[ ,', 1),
                '\ufeff[1]',
                '[1]\x0b',
            ]
        )
    return {'datatype': kind, 'nullable': r.random() < 0.5, 'data_json': text}


def value(r, kind):
    if kind == 'BYTES':
        return r.choice(TEXTS)
    if kind == 'BOOL':
        return r.random() < 0.5
    if kind.startswith('FP'):
        pool = (
            [0.0, -0.0, 1.5, 0.1, -2.0, 65504.0, 6e-8, 1 / 3]
            + ([1e38, 1e-45, 16777217.0] if kind != 'FP16' else [])
            + ([1e300, 5e-324] if kind == 'FP64' else [])
        )
        return r.choice(pool)
    bits = int(kind.lstrip('UINT'))
    low, high = (0, 2**bits - 1) if kind[0] == 'U' else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    found = r.choice([low, high, 0, 1, r.randint(low, high)])
    return str(found) if bits == 64 else found


def shape_of(r):
    return r.choice([[0], [1], [3], [2, 2], [1, 4], [2, 0], [2, 1, 3], []])


def size_of(shape):
    n = 1
    for d in shape:
        n *= d
    return n


def oip_binary(r):
    if r.random() < 0.7:
        kind, shape = r.choice(KINDS), shape_of(r)
        return {
            'test': 'tensor',
            'datatype': kind,
            'shape': shape,
            'data': [value(r, kind) for _ in range(size_of(shape))],
        }
    inputs, tail = [], b''
    for i in range(r.randint(1, 4)):
        kind, shape = r.choice([k for k in KINDS if k != 'FP16']), r.choice([[1], [2], [2, 2], [3, 1]])
        data = [value(r, kind) for _ in range(size_of(shape))]
        each = {'name': r.choice(['x', 'ü', 'n']) + str(i), 'shape': shape, 'datatype': kind}
        if r.random() < 0.6:
            packed = pack(kind, data)
            each['parameters'] = {'binary_data_size': len(packed)}
            tail += packed
        else:
            each['data'] = [int(v) for v in data] if kind.endswith('INT64') else data
        inputs.append(each)
    head = json.dumps({'id': '42', 'inputs': inputs}, ensure_ascii=r.random() < 0.5).encode()
    return {'test': 'body', 'inference_header_content_length': len(head), 'body_hex': (head + tail).hex()}


def pack(kind, data):
    if kind == 'BYTES':
        return b''.join(struct.pack('<I', len(t.encode())) + t.encode() for t in data)
    return struct.pack(
        f'<{len(data)}{WIDTH[kind]}', *([int(v) for v in data] if kind.endswith('INT64') else data)
    )


def log_frames(r):
    payload = lambda: r.randbytes(r.choice([0, 1, 4, 30, 300]))
    if r.random() < 0.4:
        return {'test': 'frame', 'payload_hex': payload().hex()}
    data = bytearray(b''.join(frame(payload())[0] for _ in range(r.choice([0, 1, 3, 6]))))
    damage = r.choice(['whole', 'cut', 'flip', 'zeros', 'huge', 'noise'])
    if damage == 'cut':
        data = data[: r.randint(0, len(data))]
    elif damage == 'flip' and data:
        data[r.randrange(len(data))] ^= 1 << r.randrange(8)
    elif damage == 'zeros':
        data += bytes(r.choice([1, 7, 8, 9, 64]))
    elif damage == 'huge':
        data += struct.pack('<II', r.choice([16 << 20, (16 << 20) + 1, 2**32 - 1]), 7)
    elif damage == 'noise':
        data += r.randbytes(20)
    return {'test': 'recover', 'name': damage, 'bytes_hex': bytes(data).hex()}


exact = {'abs': 0, 'rel': 0}
MAKERS = {
    'json-numbers': (exact, json_numbers),
    'oip-binary': (exact, oip_binary),
    'log-frames': (exact, log_frames),
}
