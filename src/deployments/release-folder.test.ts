import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { ObjectStore } from '../pipelines/index.ts'
import { releaseFolder } from './release-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-releases-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('pointers of deployments', () => {
  const releases = releaseFolder(folder, {} as ObjectStore)
  const pointers = () => JSON.parse(readFileSync(join(folder, 'deployments.json'), 'utf8'))

  it('take away the ones that are no longer applied, and write nothing where all are', async () => {
    await releases.point('late', 'sha256:a')
    await releases.point('big', 'sha256:b')
    await releases.keepOnly(['big', 'late', 'other'])
    expect(pointers()).toMatchObject({ sequence: 2, deployments: [{ name: 'big' }, { name: 'late' }] })
    await releases.keepOnly(['late'])
    expect(pointers()).toEqual({
      schema: 1,
      sequence: 3,
      deployments: [{ name: 'late', digest: 'sha256:a' }],
    })
  })
})
