import { writeSync } from 'node:fs'
import { lockFolder } from '../../src/adapters/metadata/index.ts'

const [folder = ''] = process.argv.slice(2)
await lockFolder(folder)
writeSync(1, 'locked\n')
setInterval(() => {}, 60_000)
