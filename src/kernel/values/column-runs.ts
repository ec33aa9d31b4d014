import type { ColumnRun } from './checksum.ts'
import type { Value } from './model.ts'
import { parseType } from './types.ts'

/** Values of a column run; fixed-width payloads are decoded by type. */
export function runValues(run: ColumnRun, type: string): readonly Value[] {
  if (run.kind === 'values') return run.values
  const node = parseType(type)
  const read = node.kind === 'scalar' ? readers[node.name] : undefined
  if (!read) throw new TypeError(`no fixed width for ${type}`)
  const view = new DataView(run.bytes.buffer, run.bytes.byteOffset, run.bytes.byteLength)
  const values: Value[] = new Array(run.bytes.length / run.width)
  for (let row = 0; row < values.length; row++) {
    values[row] = run.valid !== null && run.valid[row] === 0 ? null : read(view, row * run.width)
  }
  return values
}

const readers: Readonly<Record<string, (view: DataView, at: number) => Value>> = {
  bool: (view, at) => view.getUint8(at) !== 0,
  int64: (view, at) => view.getBigInt64(at, true),
  timestamp: (view, at) => view.getBigInt64(at, true),
  float64: (view, at) => view.getFloat64(at, true),
  float32: (view, at) => view.getFloat32(at, true),
  date: (view, at) => view.getInt32(at, true),
}
