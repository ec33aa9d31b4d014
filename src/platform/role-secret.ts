import type { Providers } from '../projects/index.ts'

/** Environment variable that carries secrets to a child: command lines are public, environments are not. */
const name = 'FETTLE_ROLE_SECRETS'

/** What the roles of one running Fettle share and nobody else may see. */
export interface RoleSecrets {
  /** The server's. */
  readonly token: string
  /** Name of the project: what it keeps in a store that others use too is kept under it. */
  readonly project: string
  /** What the tokens of erased keys are made with. */
  readonly pepper: string
  /** With `env:NAME` resolved, so with passwords. */
  readonly providers: Providers
}

/** What the child's environment gets beside the rest. */
export function secretEnvironment(secrets: RoleSecrets): Readonly<Record<string, string>> {
  return { [name]: JSON.stringify(secrets) }
}

/** What this process was started with; removed, so that programs it starts do not inherit it. */
export function takeSecrets(): RoleSecrets {
  const written = process.env[name]
  delete process.env[name]
  if (written === undefined) throw new Error(`this role needs ${name}`)
  return JSON.parse(written) as RoleSecrets
}
