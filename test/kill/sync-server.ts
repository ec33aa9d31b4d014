import { startTrackingServer } from '../support/tracking-server.ts'

/** A server over a folder that is kept, for a parent that kills it. */
const [folder = '', port = '0'] = process.argv.slice(2)
const { url } = await startTrackingServer({ folder, port: Number(port) })
console.log(url)
