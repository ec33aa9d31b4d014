import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSparkEngine } from '../../src/adapters/engines/spark/index.ts'
import type { OfflineEngine } from '../../src/features/index.ts'
import { freePort } from '../support/free-port.ts'

const environment = join(import.meta.dirname, '..', '..', '.cache', 'python', 'spark')
const readyMs = 120_000

/** For sessions of many small statements: what Spark compiles and plans again for each costs more than it saves. */
export const smallStatements = {
  'spark.sql.adaptive.enabled': 'false',
  'spark.sql.codegen.wholeStage': 'false',
  'spark.sql.codegen.factoryMode': 'NO_CODEGEN',
  'spark.sql.shuffle.partitions': '3',
}

/** A Spark Connect server of its own for a test file. */
export interface SparkServer {
  readonly url: string
  /** Process group of the server. */
  readonly pid: number
  /** Ends the server and waits for it. */
  stop(): Promise<void>
  /** Ends the server without a chance to clean up, and waits for it. */
  kill(): Promise<void>
}

/**
 * Starts a real Spark Connect server on a free port of this machine and waits until it answers. It ends with `stop`, or with
 * this process. Fails, never skips, where the Python environment or Java is missing.
 */
export async function startSpark(settings: Readonly<Record<string, string>> = {}): Promise<SparkServer> {
  const home = sparkHome()
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'fettle-spark-server-'))
  const given = {
    'spark.connect.grpc.binding.port': String(port),
    'spark.connect.grpc.binding.address': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.host': '127.0.0.1',
    'spark.ui.enabled': 'false',
    'spark.sql.shuffle.partitions': '4',
    'spark.local.dir': join(folder, 'local'),
    'spark.sql.warehouse.dir': join(folder, 'warehouse'),
    ...settings,
  }
  const words = [
    ...['--class', 'org.apache.spark.sql.connect.service.SparkConnectServer'],
    ...['--master', 'local[2]', '--driver-memory', '2g'],
    // A server that lives for minutes never earns back what the optimizing compiler costs.
    ...['--driver-java-options', '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto'],
    ...Object.entries(given).flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
  ]
  // A shell watches its input close, which is this process's end, and then ends the server; it goes when the server has gone.
  const guard =
    'trap : TERM; exec 3<&0; "$@" </dev/null >"$FOLDER/log" 2>&1 3<&- & server=$!; (cat <&3 >/dev/null; kill $server) & while kill -0 $server 2>/dev/null; do wait $server; done; cd /; rm -rf "$FOLDER"'
  const child = spawn('/bin/sh', ['-c', guard, 'sh', join(home, 'bin', 'spark-submit'), ...words], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      SPARK_HOME: home,
      FOLDER: folder,
      LC_ALL: 'C.UTF-8',
      TZ: process.env['TZ'] ?? 'UTC',
    },
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const pid = child.pid ?? 0
  const signal = (name: NodeJS.Signals) => async (): Promise<void> => {
    try {
      process.kill(-pid, name)
    } catch {
      // It has ended already.
    }
    await ended
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
  const token = settings['spark.connect.authenticate.token']
  const url = `sc://127.0.0.1:${port}${token === undefined ? '' : `/;token=${encodeURIComponent(token)}`}`
  try {
    await untilReady(url, folder, () => child.exitCode !== null)
  } catch (error) {
    await signal('SIGKILL')()
    throw error
  }
  return { url, pid, stop: signal('SIGTERM'), kill: signal('SIGKILL') }
}

function sparkHome(): string {
  const libraries = join(environment, 'lib')
  const [home] = existsSync(libraries)
    ? readdirSync(libraries)
        .map(python => join(libraries, python, 'site-packages', 'pyspark'))
        .filter(existsSync)
    : []
  if (home !== undefined) return home
  throw new Error('There is no Spark to test against: scripts/services.sh makes .cache/python/spark')
}

async function untilReady(url: string, folder: string, gone: () => boolean): Promise<void> {
  for (const end = Date.now() + readyMs; ; ) {
    try {
      const engine: OfflineEngine = await createSparkEngine({ url, temporaryFolder: folder })
      return await engine.close()
    } catch (error) {
      if (gone() || Date.now() > end)
        throw new Error(`Spark did not start: ${String(error)}\n${logTail(join(folder, 'log'))}`)
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  }
}

function logTail(log: string): string {
  return existsSync(log) ? readFileSync(log, 'utf8').slice(-2_000) : ''
}
