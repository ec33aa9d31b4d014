import { FettleError } from '../kernel/errors/index.ts'

/** What a command's exit code says. */
export const exitCodes = {
  done: 0,
  /** An error, or the thing waited for failed. */
  failed: 1,
  usage: 2,
  /** Served features differ from what their definitions give; only of `fettle skew`. */
  skewed: 2,
  /** The plan has changes; only with --detailed-exitcode. */
  changes: 3,
  /** Refused by a contract or by the gate of a release. */
  refused: 3,
  /** A rebuild gave something else; only of `fettle reproduce`. */
  notReproduced: 3,
  /** What was imported answers otherwise than the source; only of `fettle import mlflow --verify`. */
  differs: 3,
  /** Not signed in, or not permitted. */
  notPermitted: 4,
  /** Somebody else was first: a stale plan, a taken idempotency key. */
  conflict: 5,
  /** It could not be decided: an ingredient is missing, or rows were erased. */
  inconclusive: 6,
  /** No server answers; whether a write was done is unknown. */
  unreachable: 69,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

const byCode: Readonly<Record<string, ExitCode>> = {
  USAGE: exitCodes.usage,
  SERVER_UNREACHABLE: exitCodes.unreachable,
  DEADLINE: exitCodes.unreachable,
  UNAUTHENTICATED: exitCodes.notPermitted,
  FORBIDDEN: exitCodes.notPermitted,
  SELF_APPROVAL: exitCodes.notPermitted,
  STALE_BASE: exitCodes.conflict,
  IDEMPOTENCY_CONFLICT: exitCodes.conflict,
  CONTRACT_FAILED: exitCodes.refused,
  GATE_FAILED: exitCodes.refused,
  CONTRACT_INCONCLUSIVE: exitCodes.inconclusive,
}

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof FettleError ? (byCode[error.code] ?? exitCodes.failed) : exitCodes.failed
}
