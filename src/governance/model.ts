import type { Json } from '../kernel/canonical.ts'
import type { Micros } from '../kernel/time.ts'

/** Who acts. In `fettle dev` there is one person, `local`; steps act as `step:<run>/<step>`. */
export interface Principal {
  readonly name: string
}

export interface AuditEvent {
  /** 1, 2, 3 … without gaps. */
  readonly seq: number
  readonly at: Micros
  readonly principal: string
  /** `model-version.created`, `alias.moved`, `definitions.applied`. */
  readonly action: string
  /** `model:late`, `run:prn_…`. */
  readonly object: string
  readonly details: Json
}

/** An event with its place in the hash chain. */
export interface AuditLink extends AuditEvent {
  readonly hash: string
}
