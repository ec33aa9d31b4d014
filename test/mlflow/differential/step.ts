/** One request of a scenario. `@{name}` in any text is replaced by what an earlier step saved on the same server. */
export interface Step {
  /** Method and path; paths below `/api/2.0/mlflow` start at their own segment. */
  readonly call: string
  readonly json?: unknown
  /** Sent as it is, as JSON unless `headers` says otherwise. */
  readonly text?: string
  readonly query?: readonly (readonly [string, string])[]
  readonly headers?: Readonly<Record<string, string>>
  /** Variable → JSON pointer into the answer. */
  readonly save?: Readonly<Record<string, string>>
}

export interface Scenario {
  readonly name: string
  readonly steps: readonly Step[]
}

export const post = (path: string, json: unknown, rest: Omit<Step, 'call' | 'json'> = {}): Step => ({
  call: `POST ${path}`,
  json,
  ...rest,
})

export const patch = (path: string, json: unknown, rest: Omit<Step, 'call' | 'json'> = {}): Step => ({
  ...post(path, json, rest),
  call: `PATCH ${path}`,
})

export const remove = (path: string, json: unknown, rest: Omit<Step, 'call' | 'json'> = {}): Step => ({
  ...post(path, json, rest),
  call: `DELETE ${path}`,
})

export const get = (
  path: string,
  query: Readonly<Record<string, string | readonly string[]>> = {},
  rest: Omit<Step, 'call' | 'query'> = {},
): Step => ({
  call: `GET ${path}`,
  query: Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map(value => [name, value] as const),
  ),
  ...rest,
})
