// The control plane of a project, with its database, in a process that may be killed.
import { startServer } from '../../src/platform/server.ts'

process.on('disconnect', () => process.exit(1))
const { url } = await startServer({ folder: process.argv[2] ?? '', port: 0 })
process.send?.({ url })
