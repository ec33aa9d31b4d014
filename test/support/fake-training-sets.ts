import {
  createTrainingSetsService,
  type TrainingSetRecord,
  type TrainingSetsService,
} from '../../src/features/index.ts'

const record: TrainingSetRecord = {
  id: `ds-${'a'.repeat(32)}`,
  name: 'late_flights',
  number: 1,
  definitionVersion: 1,
  pipelineRun: 'prn_1',
  author: 'ana',
  at: 1_000_000n,
  manifest: {
    schema: 1,
    id: `ds-${'a'.repeat(32)}`,
    name: 'late_flights',
    definition: `sha256:${'b'.repeat(64)}`,
    sources: { flights: 'files:c' },
    asOf: '2001-05-01T00:00:00.000000Z',
    engine: 'duckdb 1.5.5',
    columns: [
      { name: '__row', type: 'int64', role: 'row', flags: [] },
      { name: 'airport', type: 'string', role: 'spine', flags: [] },
    ],
    spineRows: 3,
    excluded: { immature: 1 },
    rows: 2,
    splits: { train: 2 },
    statuses: {},
    files: [{ path: 'part-0.parquet', bytes: 9, sha256: 'd'.repeat(64) }],
    checksum: `sha256:${'e'.repeat(64)}`,
    reproducible: true,
    createdAt: '1970-01-01T00:00:01.000000Z',
  },
}

const values: Readonly<Record<string, readonly (bigint | string)[]>> = {
  __row: [0n, 1n],
  airport: ['AMS', 'JFK'],
}

/** The real service over one remembered set of two rows. */
export function fakeTrainingSets(): TrainingSetsService {
  const records = [record]
  return createTrainingSetsService({
    records: {
      find: async id => records.find(each => each.id === id),
      list: async name => records.filter(each => name === undefined || each.name === name),
    },
    objects: {
      has: async () => true,
      remove: async () => {},
      localPath: () => import.meta.filename,
      locate: async () => import.meta.filename,
      getFile: async () => {},
      getBytes: async () => new Uint8Array(),
      putBytes: async () => ({ hash: '', bytes: 0 }),
      putFile: async () => ({ hash: '', bytes: 0 }),
      putStream: async () => ({ hash: '', bytes: 0 }),
      async *read() {},
      async *all() {},
    },
    rows: async () => ({
      async *stream(_path, { columns, from, to }) {
        const picked = columns.map(({ name }) => (values[name] ?? []).slice(from, to ?? undefined))
        yield {
          rows: picked[0]?.length ?? 0,
          columns: picked.map(each => ({ kind: 'values' as const, values: each })),
        }
      },
      copy: async () => {},
    }),
    encodeArrow: async () => new Uint8Array(),
    scratchFolder: '.',
  })
}
