"""Answers for what crosses the wire (serving.md 1, 2.2, 9): binary tensors, JSON numbers, log frames."""

import json
import re
import struct
from fractions import Fraction

WIDTH = {
    'INT8': 'b',
    'INT16': 'h',
    'INT32': 'i',
    'INT64': 'q',
    'UINT8': 'B',
    'UINT16': 'H',
    'UINT32': 'I',
    'UINT64': 'Q',
    'FP16': 'e',
    'FP32': 'f',
    'FP64': 'd',
    'BOOL': '?',
}


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def frame(payload):
    length = struct.pack('<I', len(payload))
    crc = crc32c(length + payload)
    return length + struct.pack('<I', crc) + payload, crc


def log_frames(a):
    if a['test'] == 'frame':
        whole, crc = frame(bytes.fromhex(a['payload_hex']))
        return {'frame_hex': whole.hex(), 'crc32c': f'{crc:08x}'}
    data, at, frames = bytes.fromhex(a['bytes_hex']), 0, 0
    while at + 8 <= len(data):
        length, crc = struct.unpack_from('<II', data, at)
        payload = data[at + 8 : at + 8 + length]
        if length > 16 << 20 or len(payload) < length or crc32c(data[at : at + 4] + payload) != crc:
            break
        at, frames = at + 8 + length, frames + 1
    return {'frames': frames, 'valid_bytes': at}


def oip_binary(a):
    if a['test'] == 'body':
        return body(bytes.fromhex(a['body_hex']), a['inference_header_content_length'])
    kind, data = a['datatype'], a['data']
    if kind == 'BYTES':
        packed = b''.join(struct.pack('<I', len(t.encode())) + t.encode() for t in data)
    elif kind.endswith('INT64'):
        packed = b''.join(struct.pack('<' + WIDTH[kind], int(t)) for t in data)
    else:
        packed = struct.pack(f'<{len(data)}{WIDTH[kind]}', *data)
    return {'hex': packed.hex(), 'binary_data_size': len(packed)}


def body(data, length):
    head, at, inputs, values = json.loads(data[:length]), length, [], {}
    for each in head['inputs']:
        size, kind = each.get('parameters', {}).get('binary_data_size'), each['datatype']
        inputs.append(
            {'name': each['name'], 'datatype': kind, 'shape': each['shape'], 'binary': size is not None}
        )
        if size is None:
            found = (
                [struct.unpack('f', struct.pack('f', v))[0] for v in each['data']]
                if kind == 'FP32'
                else each['data']
            )
        else:
            raw, at = data[at : at + size], at + size
            if kind == 'BYTES':
                found, i = [], 0
                while i < len(raw):
                    n = struct.unpack_from('<I', raw, i)[0]
                    found.append(raw[i + 4 : i + 4 + n].decode())
                    i += 4 + n
            else:
                found = list(struct.unpack(f'<{len(raw) // struct.calcsize(WIDTH[kind])}{WIDTH[kind]}', raw))
        values[each['name']] = [str(v) for v in found] if kind.endswith('INT64') else found
    return {'content_length': len(data), 'inputs': inputs, 'data': values}


TOKEN = re.compile(
    r'[ \t\n\r]*(?:(?P<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>true|false|null|NaN|-?Infinity)|(?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"))[ \t\n\r]*(?P<end>[,\]])'
)


class Bad(Exception):
    pass


def elements(text):
    opening = re.match(r'[ \t\n\r]*\[', text)
    if not opening:
        raise Bad('BAD_JSON')
    at, found = opening.end(), []
    if re.fullmatch(r'[ \t\n\r]*\][ \t\n\r]*', text[at:]):
        return []
    while True:
        m = TOKEN.match(text, at)
        if not m:
            raise Bad('BAD_JSON')
        kind = (
            m.lastgroup
            if m.lastgroup != 'end'
            else next(k for k in ('number', 'word', 'string') if m.group(k) is not None)
        )
        found.append((kind, m.group(kind)))
        at = m.end()
        if m.group('end') == ']':
            if text[at:].strip(' \t\n\r'):
                raise Bad('BAD_JSON')
            return found


def narrow(value, kind):
    """The element as big-endian hex, or OUT_OF_RANGE where rounding overflows."""
    try:
        return struct.pack('>' + WIDTH[kind], value).hex()
    except OverflowError as e:
        raise Bad('OUT_OF_RANGE') from e


def element(kind, text, datatype, nullable):
    if text == 'null' and kind == 'word':
        if nullable:
            return None
        raise Bad('NULL_NOT_ALLOWED')
    if datatype == 'BOOL':
        if kind == 'word' and text in ('true', 'false'):
            return '1' if text == 'true' else '0'
        raise Bad('WRONG_TYPE')
    if datatype == 'BYTES':
        if kind != 'string':
            raise Bad('WRONG_TYPE')
        try:
            return json.loads(text).encode().hex()
        except UnicodeEncodeError as e:
            raise Bad('BAD_UTF8') from e
    if datatype.startswith('FP'):
        if kind == 'word' and text in ('NaN', 'Infinity', '-Infinity'):
            value = float(text.replace('Infinity', 'inf'))
            return None if nullable and text == 'NaN' else struct.pack('>' + WIDTH[datatype], value).hex()
        if kind != 'number':
            raise Bad('WRONG_TYPE')
        value = float(text)
        if value in (float('inf'), float('-inf')):
            raise Bad('OUT_OF_RANGE')
        return narrow(value, datatype)
    if kind == 'string' and datatype.endswith('64') and re.fullmatch(r'"-?(0|[1-9]\d*)"', text):
        kind, text = 'number', text[1:-1]
    if kind == 'word' and text.endswith(('NaN', 'Infinity')):
        raise Bad('NOT_AN_INTEGER')  # a float, and no integer: the specification names no code
    if kind != 'number':
        raise Bad('WRONG_TYPE')
    value = Fraction(text)
    if value.denominator != 1:
        raise Bad('NOT_AN_INTEGER')
    bits = int(datatype.lstrip('UINT'))
    low, high = (0, 2**bits - 1) if datatype.startswith('U') else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if not low <= value <= high:
        raise Bad('OUT_OF_RANGE')
    return str(int(value))


def json_numbers(a):
    if a['datatype'] == 'FP16':
        return {'error': 'NO_JSON_FORM'}
    try:
        found = elements(a['data_json'])
    except Bad as e:
        return {'error': str(e)}
    out = []
    for i, (kind, text) in enumerate(found):
        try:
            out.append(element(kind, text, a['datatype'], a['nullable']))
        except Bad as e:
            return {'error': str(e), 'index': i}
    return {'ok': out}


ANSWERS = {'log-frames': log_frames, 'oip-binary': oip_binary, 'json-numbers': json_numbers}
