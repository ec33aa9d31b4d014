/** Environment variable that carries the server's token to a child: command lines are public, environments are not. */
const name = 'FETTLE_ROLE_TOKEN'

/** What the child's environment gets beside the rest. */
export function secretEnvironment(token: string): Readonly<Record<string, string>> {
  return { [name]: token }
}

/** The token this process was started with; removed, so that programs it starts do not inherit it. */
export function takeToken(): string {
  const token = process.env[name]
  delete process.env[name]
  if (token === undefined) throw new Error(`this role needs ${name}`)
  return token
}
