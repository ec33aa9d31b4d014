import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { foldDeployment } from '../../src/deployments/rollouts/fold-deployment.ts'
import { chainFaults } from '../../src/deployments/rollouts/log.ts'
import { type RoutedDeployment, routingOf } from '../../src/deployments/rollouts/routing.ts'
import { createAuditService } from '../../src/governance/index.ts'
import { buildProgram, killAfter, type Program } from '../support/child-program.ts'
import { rolloutWorld } from '../support/rollout-world.ts'

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))
/** Rows by which another release begins to serve. */
const begins: ReadonlySet<string> = new Set(['confirm', 'first_release', 'reinstated'])

describe('a controller that is killed while it moves rollouts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-kill-rollouts-'))
  const path = join(folder, 'meta.sqlite')
  const routing = join(folder, 'routing.json')
  let program: Program
  beforeAll(async () => {
    program = await buildProgram(fileURLToPath(new URL('rollouts-program.ts', import.meta.url)))
  })
  afterAll(() => {
    program.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it('has lost no row it acted on, and gives the same weights again', async () => {
    for (let times = 0; times < 12; times++) {
      const lines = await killAfter(program.start(path, routing), {
        after: 1 + Math.floor(Math.random() * 30),
        delayMs: Math.random() * 20,
      })
      const db = await openMetadata({ kind: 'sqlite', path })
      const rows = await db.read.rollouts.listRows('late')
      expect(rows.length).toBeGreaterThanOrEqual(Number(lines.at(-1) ?? 0))
      expect(chainFaults(rows)).toEqual([])
      // Routers were told what follows from rows that are there, and nothing else.
      const told = JSON.parse(readFileSync(routing, 'utf8')) as RoutedDeployment
      const upTo = rows.slice(0, told.routing.seq)
      expect(upTo).toHaveLength(told.routing.seq)
      expect(told).toEqual(plain(routingOf(foldDeployment('late', upTo))))
      // The next process writes out the whole log before it looks at anything: the weights of before.
      const routed: unknown[] = []
      const world = await rolloutWorld(db, { onRoute: each => void routed.push(plain(each)) })
      world.clock.set(rows.at(-1)?.at ?? 0n)
      await world.rollouts.controller.lookAt('late')
      expect(routed[0]).toEqual(plain(routingOf(foldDeployment('late', rows))))
      const servings = await db.read.deployments.listServings('late')
      const begun = rows.filter(({ event }) => begins.has(event))
      expect(servings.map(({ number }) => number).reverse()).toEqual(begun.map(({ release }) => release))
      // A new champion and the one it retires are one group: both rows or none.
      for (const { seq } of rows.filter(({ event }) => event === 'confirm').slice(1))
        expect(rows[seq]?.event).toBe('superseded')
      await db.close()
    }
    const db = await openMetadata({ kind: 'sqlite', path })
    expect(await createAuditService({ uow: db }).verify()).toMatchObject({ fault: null })
    await db.close()
  }, 120_000)
})
