import type { z } from 'zod'
import type { json } from '../../api/common.ts'
import type { Json } from '../../kernel/canonical.ts'

export type WireJson = z.infer<typeof json>

/** The domain's JSON is read-only and knows absent members; on the wire they are the same bytes. */
export function toWireJson(value: Json): WireJson {
  return value as WireJson
}

export function fromWireJson(value: WireJson): Json {
  return value as Json
}
