"""Recomputes every answer of a folder of vector files: python verify.py FOLDER [topic ...]. Says where the oracle differs."""

import json
import sys
from pathlib import Path

from oracle import answer
from oracle.compare import difference


def main(folder, topics):
    bad = 0
    for path in sorted(Path(folder).glob('*.json')):
        if topics and path.stem not in topics:
            continue
        file, wrong, skipped = json.loads(path.read_text()), [], 0
        for case in file['cases']:
            got = answer(path.stem, case['in'])
            if got is NotImplemented:
                skipped += 1
                continue
            found = difference(got, case['out'], case.get('tolerance', file['tolerance']))
            if found:
                wrong.append(f'  {case["id"]}: {found[:300]}')
        bad += len(wrong)
        print(f'{path.stem}: {len(file["cases"])} cases, {len(wrong)} differ, {skipped} not covered')
        print('\n'.join(wrong[:12]), end='\n' if wrong else '')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2:]))
