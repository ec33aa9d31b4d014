import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockFolder } from '../../src/adapters/metadata/index.ts'
import { buildProgram, type Program, readLines } from '../support/child-program.ts'

describe('the lock of a folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'fettle-lock-'))
  let holder: Program
  beforeAll(async () => {
    holder = await buildProgram(fileURLToPath(new URL('folder-holder.ts', import.meta.url)))
  })
  afterAll(() => {
    holder.remove()
    rmSync(root, { recursive: true, force: true })
  })

  it('is held by one process at a time and let go by one that is killed', async () => {
    const folder = join(root, 'a')
    const child = holder.start(folder)
    const exited = new Promise(resolve => child.once('exit', resolve))
    await new Promise<void>(resolve => void readLines(child, () => resolve()))
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'FOLDER_IN_USE',
      details: { pid: child.pid, since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) },
    })
    child.kill('SIGKILL')
    await exited
    const lock = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toMatchObject({ details: { pid: process.pid } })
    lock.release()
  })

  it('can be taken again after it was released', async () => {
    const folder = join(root, 'b')
    for (let i = 0; i < 3; i++) {
      const lock = await lockFolder(folder)
      await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'FOLDER_IN_USE' })
      lock.release()
      lock.release()
    }
  })
})
