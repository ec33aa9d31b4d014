import { z } from 'zod'

/** RFC 3339, UTC, six fraction digits. */
export const timestamp = z.string()
export const json = z.json()

/** Body of every error of the native API. */
export const errorBody = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    details: z.record(z.string(), z.unknown()),
    requestId: z.string().optional(),
  }),
})

/** A keyset page: `next` is an opaque cursor, absent on the last page. */
export function page<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().optional() })
}

export const progress = z.object({
  done: z.number(),
  total: z.number().nullable(),
  unit: z.string(),
  message: z.string(),
  at: timestamp,
})

export const artifact = z.object({
  kind: z.enum(['file', 'directory', 'json']),
  /** sha256:<hex> of the bytes; for a directory of its canonical listing. */
  hash: z.string(),
  bytes: z.number(),
  /** JSON artifacts only. */
  value: json.optional(),
  /** Directory artifacts only: relative paths. */
  files: z.array(z.object({ path: z.string(), hash: z.string(), bytes: z.number() })).optional(),
})

export const quantity = z.union([z.number(), z.object({ undefined: z.string() })])
