import { isFettleError } from '../kernel/errors/index.ts'
import { runRole } from './run-role.ts'

// The other processes of a running Fettle start here, past the command line and its packages.
const [role = '', options = '{}'] = process.argv.slice(2)
try {
  await runRole(role, JSON.parse(options))
} catch (error) {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`${isFettleError(error) ? error.message : stack}\n`)
  process.exit(1)
}
