import type { RouteName } from '../../../src/api/routes.ts'

export interface Call {
  readonly params?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly query?: string
}

/** One call of every route that succeeds, and bodies or queries that its schema refuses with the field it names. */
export type RouteCalls = Readonly<
  Partial<
    Record<
      RouteName,
      {
        readonly good: Call
        readonly bad?: readonly (readonly [Call, string])[]
        readonly unknown?: readonly [Call, string]
      }
    >
  >
>
