import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { settableClock } from '../kernel/clock.ts'
import { cleanLine, logPath, prepareLog, readLog } from './logs.ts'
import { attemptFolder } from './worker/attempt-folder.ts'
import { createLogCollector } from './worker/log-collector.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fettle-logs-'))
  mkdirSync(join(root, 'work'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const address = { run: 'prn_1', step: 'train', attempt: 1 }

async function collector(maxBytes?: number) {
  const folder = attemptFolder(join(root, 'work'))
  const path = await prepareLog(join(root, 'logs'), address)
  const limits = maxBytes === undefined ? {} : { maxBytes }
  return {
    folder,
    path,
    log: await createLogCollector({ path, folder, clock: settableClock(0n), ...limits }),
  }
}

const texts = async (offset = 0) =>
  (await readLog(join(root, 'logs'), { ...address, offset })).lines.map(line => line.text)

test.each([
  ['plain', 'plain'],
  ['\u001b[1;31mred\u001b[0m', 'red'],
  ['\u001b]0;title\u0007text', 'text'],
  ['\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ['10 %\r50 %\r100 %', '100 %'],
  ['windows\r', 'windows'],
  ['a\tb\u0000\u0008c', 'a\tbc'],
])('the line %j shows as %j', (line, shown) => {
  expect(cleanLine(line)).toBe(shown)
})

test.each(['../x', 'prn_1/../..', ''])('a log address of the run %j is none', run => {
  expect(() => logPath('/logs', { ...address, run })).toThrow(/no log/)
})

test('lines are read from an offset on; a line without its end waits', async () => {
  const { log, folder } = await collector()
  writeFileSync(folder.stdout, 'one\ntwo\nthr')
  await log.collect()
  const first = await readLog(join(root, 'logs'), { ...address, offset: 0 })
  expect(first.lines.map(line => line.text)).toEqual(['one', 'two'])
  appendFileSync(folder.stdout, 'ee\n')
  await log.collect()
  expect(await texts(first.next)).toEqual(['three'])
  expect(first.lines[1]?.offset).toBe(readFileSync(logPath(join(root, 'logs'), address)).indexOf('1970', 10))
})

test('a collector after a crash goes on where the one before was', async () => {
  const before = await collector()
  writeFileSync(before.folder.stdout, 'one\n')
  await before.log.collect()
  appendFileSync(before.folder.stdout, 'two\nlast')
  const after = await collector()
  await after.log.finish()
  expect(await texts()).toEqual(['one', 'two', 'last'])
})

test('bytes that are no UTF-8 are replaced, characters split between reads are not', async () => {
  const { log, folder } = await collector()
  writeFileSync(folder.stderr, Buffer.from([0xc3]))
  await log.collect()
  appendFileSync(folder.stderr, Buffer.from([0xa9, 0xff, 10]))
  await log.collect()
  expect(await texts()).toEqual(['é\ufffd'])
})

test('a full log is cut with a marker, and what follows fills no disk', async () => {
  const { log, folder, path } = await collector(1_000)
  writeFileSync(folder.stdout, `${'x'.repeat(50)}\n`.repeat(100))
  await log.collect()
  appendFileSync(folder.stdout, 'y'.repeat(100_000))
  await log.finish()
  expect(statSync(path).size).toBeLessThan(1_300)
  expect((await texts()).at(-1)).toMatch(/cut here: it reached 1000 bytes/)
  expect(statSync(folder.stdout).size).toBe(0)
})

test('no log is no lines', async () => {
  expect(await readLog(join(root, 'logs'), { ...address, offset: 7 })).toEqual({ lines: [], next: 7 })
})
