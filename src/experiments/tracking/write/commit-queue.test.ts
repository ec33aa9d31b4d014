import { describe, expect, it } from 'vitest'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { UnitOfWork } from '../../../kernel/unit-of-work.ts'
import type { TrackingStores } from '../ports.ts'
import { createCommitQueue, type Waiting } from './commit-queue.ts'

interface Entry extends Waiting {
  readonly name: string
}

/** A queue whose commits last until they are let go, and refuse entries called `bad`. */
function openQueue() {
  const groups: string[][] = []
  const settled: boolean[] = []
  let finish: (error?: Error) => void = () => {}
  const uow = { transaction: (work: (stores: never) => unknown) => work(undefined as never) }
  const push = createCommitQueue<Entry>(uow as unknown as UnitOfWork<TrackingStores>, {
    async commit(_stores, entries) {
      groups.push(entries.map(({ name }) => name))
      await new Promise<void>((resolve, reject) => {
        finish = error => (error === undefined ? resolve() : reject(error))
      })
      return entries.map(({ name }) =>
        name === 'bad' ? new FettleError('TRACKING_INVALID', name) : undefined,
      )
    },
    settled: committed => void settled.push(committed),
  })
  const add = (name: string, size = 1) =>
    new Promise<string>((resolve, reject) => push({ name, size, resolve: () => resolve(name), reject }))
  return { add, groups, settled, finish: (error?: Error) => finish(error) }
}

const turn = () => new Promise(resolve => setTimeout(resolve, 5))

describe('the commit queue', () => {
  it('gathers what waits behind a commit, and refuses only what is bad', async () => {
    const { add, groups, finish, settled } = openQueue()
    const first = [add('a'), add('b')]
    await turn()
    const second = [add('c'), add('bad'), add('d')]
    await turn()
    expect(groups).toEqual([['a', 'b']])
    finish()
    expect(await Promise.all(first)).toEqual(['a', 'b'])
    await turn()
    finish()
    const outcomes = await Promise.allSettled(second)
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(groups).toEqual([
      ['a', 'b'],
      ['c', 'bad', 'd'],
    ])
    expect(settled).toEqual([true, true])
  })

  it('fails all of a commit that fails, and goes on', async () => {
    const { add, finish, settled } = openQueue()
    const lost = Promise.allSettled([add('a'), add('b')])
    await turn()
    finish(new Error('disk'))
    expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const next = add('c')
    await turn()
    finish()
    expect(await next).toBe('c')
    expect(settled).toEqual([false, true])
  })

  it('keeps commits short, and refuses more than it can write in two seconds', async () => {
    const { add, groups, finish } = openQueue()
    const waiting = Array.from({ length: 10 }, (_, i) => add(String(i), 20_000))
    await expect(add('more', 20_000)).rejects.toMatchObject({ code: 'TRACKING_BUSY' })
    for (const each of waiting) {
      await turn()
      finish()
      await each
    }
    expect(groups.map(group => group.length)).toEqual(Array.from({ length: 10 }, () => 1))
    const last = add('more', 20_000)
    await turn()
    finish()
    expect(await last).toBe('more')
  })
})
