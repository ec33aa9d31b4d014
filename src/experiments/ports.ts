export type { Chunk } from './series/chunk.ts'
export type { SeriesPoint } from './series/order.ts'
export * from './tracking/ports.ts'
