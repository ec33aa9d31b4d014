import { expect, it } from 'vitest'
import { parquetRows } from './parquet-rows.ts'

/** FileMetaData { version: 2, schema: [{ name: 'a', num_children: 1 }, { name, a bool }], num_rows: 300 } by hand. */
const footer = Uint8Array.of(
  ...[0x15, 0x04], // field 1, i32: 2
  ...[0x19, 0x2c], // field 2, list of two structs
  ...[0x48, 0x01, 0x61, 0x15, 0x02, 0x00], // field 4 binary "a", field 5 i32, end
  ...[0x48, 0x01, 0x62, 0x11, 0x00], // field 4 binary "b", field 5 true, end
  ...[0x16, 0xd8, 0x04], // field 3, i64: 300
  0x00,
)

it('reads the number of rows behind a schema of any length', () => {
  expect(parquetRows(footer)).toBe(300)
})

it('says nothing of bytes that are no footer', () => {
  expect(parquetRows(footer.subarray(0, 9))).toBeNull()
  expect(parquetRows(Uint8Array.of(0))).toBeNull()
  expect(parquetRows(Uint8Array.of(0x18, 0xff, 0xff, 0xff, 0x7f))).toBeNull()
})
