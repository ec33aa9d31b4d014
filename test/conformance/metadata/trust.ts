import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../src/kernel/canonical.ts'
import { FettleError } from '../../../src/kernel/errors/index.ts'
import {
  bundleSigner,
  cardHtml,
  cardMarkdown,
  createAliasRequests,
  createModelCards,
  createRegistryService,
  createSigningService,
  createVersionEvaluations,
  type ModelVersion,
  trustOf,
} from '../../../src/registry/index.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const mila = { name: 'mila' }
const jon = { name: 'jon' }
const ana = { name: 'ana' }
const newSigner = () =>
  bundleSigner(
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  )
const day = 24n * 3_600n * 1_000_000n

/** Signatures, model cards, protected aliases. */
export function trustSuite({ db, clock }: MetadataUnderTest): void {
  const kept = new Map<string, Buffer>()
  const read = (hash: string): Buffer => {
    const bytes = kept.get(hash)
    if (bytes === undefined) throw new FettleError('OBJECT_UNKNOWN', `there is no object ${hash}`)
    if (`sha256:${sha256Hex(bytes)}` !== hash) throw new FettleError('OBJECT_CORRUPT', hash)
    return bytes
  }
  const objects = {
    getBytes: async (hash: string) => read(hash),
    async *read(hash: string) {
      yield read(hash)
    },
  }
  const put = (path: string, text: string) => {
    const bytes = Buffer.from(text)
    const hash = `sha256:${sha256Hex(bytes)}`
    kept.set(hash, bytes)
    return { path, hash, bytes: bytes.length }
  }
  const signer = newSigner()
  const signingWith = (by = signer, believed = [by]) =>
    createSigningService({
      ...{ uow: db(), clock, objects: objects as never, signer: by },
      trust: trustOf(believed.map(each => each.publicKey)),
      provenance: async () => ({
        ...{ run: 'prn_1', parameters: { model: 'm' }, builder: 'https://example.com/b', finishedAt: 0n },
        dependencies: [{ name: 'data', digest: `sha256:${'1'.repeat(64)}` }],
      }),
    })
  const registry = () => createRegistryService({ uow: db(), clock })
  const register = (model: string, change: Partial<ModelVersion> = {}, seed = model) =>
    registry().registerVersion({
      ...{ model, experimentRun: null, pipelineRun: null, format: 'linear', metrics: {} },
      ...{ trainingSet: null, environment: { seed }, evaluation: null },
      signature: { inputs: [], outputs: [] },
      files: [put('linear.json', `weights of ${seed}`), put('model.json', `{"of":"${seed}"}`)],
      ...change,
    })

  describe('signing', () => {
    it('signs once, with provenance, and tells by whom', async () => {
      const version = await register('signed')
      const signing = signingWith()
      expect(await signing.verify(version)).toMatchObject({
        state: 'unsigned',
        problem: 'nobody has signed it',
      })
      await signing.sign(version, mila)
      const first = await signing.bundleOf(version, 'signature')
      await signing.sign(version, jon)
      expect(await signing.bundleOf(version, 'signature')).toBe(first)
      expect(await signing.verify(version, { bytes: true })).toMatchObject({
        ...{ state: 'signed', by: 'mila', key: signer.keyId, files: [], problem: null },
      })
      const bundle = JSON.parse((await signing.bundleOf(version, 'provenance')) ?? '')
      const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString())
      expect(statement.predicateType).toBe('https://slsa.dev/provenance/v1')
      expect(statement.subject).toEqual(
        version.files.map(({ path, hash }) => ({ name: path, digest: { sha256: hash.slice(7) } })),
      )
      const { items } = await db().read.audit.list({ objectPrefix: 'model:signed' })
      expect(items[0]).toMatchObject({ action: 'model-version.signed', principal: 'mila' })
    })

    it('names the file whose bytes changed or are gone, and then neither signs nor releases', async () => {
      const version = await register('altered')
      const signing = signingWith()
      await signing.sign(version, mila)
      const [linear, model] = version.files
      kept.set(linear?.hash ?? '', Buffer.from('other weights'))
      kept.delete(model?.hash ?? '')
      expect(await signing.verify(version, { bytes: true })).toMatchObject({
        state: 'altered',
        files: [
          { path: 'linear.json', kind: 'altered' },
          { path: 'model.json', kind: 'missing' },
        ],
      })
      await expect(signing.assertSigned(version, mila)).rejects.toMatchObject({ code: 'MODEL_ALTERED' })
      const fresh = await register('altered-before')
      kept.delete(fresh.files[0]?.hash ?? '')
      await expect(signing.sign(fresh, mila)).rejects.toMatchObject({ code: 'MODEL_ALTERED' })
    })

    it('refuses the release of what nobody trusted has signed, and signs what a pipeline made', async () => {
      const signing = signingWith()
      const byHand = await register('by-hand')
      await expect(signing.assertSigned(byHand, mila)).rejects.toMatchObject({
        ...{ code: 'MODEL_UNSIGNED', hint: expect.stringContaining('fettle models sign by-hand@1') },
      })
      const stranger = newSigner()
      await signingWith(stranger).sign(byHand, mila)
      await expect(signing.assertSigned(byHand, mila)).rejects.toMatchObject({
        ...{ code: 'MODEL_UNSIGNED', message: expect.stringContaining('not trusted here') },
      })
      await signingWith(signer, [signer, stranger]).assertSigned(byHand, mila)
      const made = await register('made', { pipelineRun: 'prn_1' })
      await signing.assertSigned(made, jon)
      expect(await signing.verify(made)).toMatchObject({ state: 'signed', by: 'jon' })
      const smuggled = await db().transaction(stores =>
        stores.registry.insertVersion({ ...made, digest: `sha256:${'9'.repeat(64)}` }),
      )
      await expect(signing.assertSigned(smuggled, jon)).rejects.toMatchObject({ code: 'MODEL_UNSIGNED' })
    })

    it('checks a signature that files bring along', async () => {
      const other = newSigner()
      const origin = await register('origin')
      await signingWith(other).sign(origin, mila)
      const bundle = (await signingWith(other).bundleOf(origin, 'signature')) ?? ''
      const signing = signingWith(signer, [signer, other])
      const files = [...origin.files, put('model.sig', bundle)]
      await signing.assertUnaltered(files)
      const brought = await register('brought', { files })
      expect(await signing.verify(brought)).toMatchObject({ state: 'signed', key: other.keyId })
      const swapped = [put('linear.json', 'other'), ...files.slice(1)]
      await expect(signing.assertUnaltered(swapped)).rejects.toMatchObject({
        ...{ code: 'MODEL_ALTERED', details: { files: [{ path: 'linear.json', kind: 'altered' }] } },
      })
      expect(await signingWith().verify(brought)).toMatchObject({ state: 'unsigned' })
    })
  })

  describe('evaluations kept with a version', () => {
    const stored = {
      ...objects,
      putBytes: async (bytes: Uint8Array) => put('report', Buffer.from(bytes).toString('utf8')),
    }
    const evaluations = () => createVersionEvaluations({ uow: db(), clock, objects: stored })
    const report = (split: string) => ({
      ...{ schema: 2, split, rowSet: `sha256:${split}`, coverage: { rows: 3 } },
      all: { rows: 3, metrics: { roc_auc: 0.75 }, intervals: {} },
    })

    it('are listed newest first, read whole, and kept once', async () => {
      const version = await register('judged-elsewhere')
      const contracts = { verdict: 'pass' }
      const first = await evaluations().keep(version, { report: report('april'), contracts }, mila)
      expect(first).toMatchObject({ on: 'april', rows: 3, against: null, verdict: 'pass', by: 'mila' })
      expect(await evaluations().keep(version, { report: report('april'), contracts }, jon)).toEqual(first)
      const comparison = { champion: 'late@1' }
      const second = await evaluations().keep(version, { report: report('may'), comparison }, jon)
      expect(second).toMatchObject({ against: 'late@1', verdict: null })
      expect(new Set(await evaluations().list(version))).toEqual(new Set([first, second]))
      expect(await evaluations().get(version, first.hash)).toEqual({
        ...{ ...first, report: report('april'), contracts },
      })
      const events = await db().read.audit.list({ objectPrefix: 'model:judged-elsewhere' })
      expect(events.items.filter(({ action }) => action === 'model-evaluation.kept')).toHaveLength(2)
    })

    it('stand in the card of a version that came without one', async () => {
      const version = await register('carded-later')
      const kept = await evaluations().keep(version, { report: report('june') }, mila)
      const cards = createModelCards({
        ...{ uow: db(), clock, signing: signingWith() },
        facts: async () => ({
          ...{ actions: [], environment: [], code: [] },
          ...{ kept: [kept], evaluation: (await evaluations().newest(version.digest))?.report ?? null },
        }),
      })
      const { sections } = await cards.get(version)
      const rowsOf = (key: string) => sections.find(each => each.key === key)?.table?.rows
      expect(rowsOf('metrics')?.[0]).toEqual(['roc_auc', '0.75', '3', 'not measured'])
      expect(rowsOf('evaluations')?.[0]?.slice(0, 4)).toEqual(['june', '3', '–', '–'])
    })

    it('are refused for what is no version or no report', async () => {
      const version = await register('judged-badly')
      const refused = (work: Promise<unknown>, code: string) => expect(work).rejects.toMatchObject({ code })
      const content = { report: report('april') }
      await refused(
        evaluations().keep({ model: version.model, version: 9 }, content, mila),
        'MODEL_VERSION_UNKNOWN',
      )
      await refused(evaluations().keep(version, { report: { schema: 2 } }, mila), 'MODEL_INVALID')
      await refused(evaluations().get(version, 'sha256:0'), 'EVALUATION_UNKNOWN')
      expect(await evaluations().newest(version.digest)).toBeUndefined()
    })
  })

  describe('model cards', () => {
    const cards = () =>
      createModelCards({
        ...{ uow: db(), clock, signing: signingWith() },
        facts: async () => ({ actions: [], environment: [['Interpreter', 'python 3.11']], code: [] }),
      })
    const evaluation = {
      split: 'test',
      all: {
        rows: 200,
        metrics: { roc_auc: 0.71234567, pr_auc: { undefined: 'one class' } },
        intervals: { roc_auc: { lower: 0.6, upper: 0.8 } },
      },
      slices: [
        { column: 'carrier', values: [{ value: 'A|A', rows: 20, metrics: { roc_auc: 0.5 }, baseRate: 0.1 }] },
      ],
      thresholds: [{ at: 'half', threshold: 0.5, rates: { precision: 0.25 } }],
    }

    it('say what is known with its rows and interval, and what was not measured', async () => {
      const version = await register('carded', { evaluation })
      const card = await cards().get(version)
      const section = (key: string) => card.sections.find(each => each.key === key)
      expect(section('metrics')?.table?.rows).toEqual([
        ['roc_auc', '0.712346', '200', '0.6 – 0.8'],
        ['pr_auc', 'undefined (one class)', '200', 'not measured'],
      ])
      expect(section('slices')?.table?.rows).toEqual([['carrier', 'A|A', '20', '0.5', 'not measured', '0.1']])
      expect(section('fairness')?.rows[0]).toMatchObject({ value: null, missing: 'not measured' })
      const bare = await cards().get(await register('bare'))
      const missing = bare.sections.find(each => each.key === 'metrics')
      expect(missing).toMatchObject({ table: null, rows: [{ missing: 'not measured' }] })
    })

    it('take fields written by hand with their author, safe in every form', async () => {
      const version = await register('written', { evaluation })
      const text = 'Not | for <script>alert(1)</script>'
      await cards().write(version, { field: 'limits', text }, mila)
      await expect(cards().write(version, { field: 'luck', text }, mila)).rejects.toMatchObject({
        code: 'MODEL_INVALID',
      })
      const card = await cards().get(version)
      const limits = card.sections.find(each => each.key === 'limits')?.rows[0]
      expect(limits).toEqual({ name: 'Limits', value: text, missing: null, writtenBy: 'mila' })
      expect(cardHtml(card)).not.toContain('<script')
      expect(cardHtml(card)).toContain('written by mila')
      expect(cardMarkdown(card)).toContain('Not \\| for &lt;script>')
      expect(cardMarkdown(card)).toContain('A\\|A')
    })

    it('stay as they were when the version was released', async () => {
      const version = await register('frozen')
      await cards().freeze(version)
      const before = await cards().get(version)
      expect(before.frozenAt).not.toBeNull()
      await signingWith().sign(version, mila)
      clock.set(clock.nowMicros() + day)
      await cards().freeze(version)
      expect(await cards().get(version)).toEqual(before)
      await expect(cards().write(version, { field: 'limits', text: 'x' }, mila)).rejects.toMatchObject({
        code: 'CARD_FROZEN',
      })
    })
  })

  describe('protected aliases', () => {
    const requests = () => createAliasRequests({ uow: db(), clock, signing: signingWith() })
    const approve = { verdict: 'approve' as const, reason: 'looked', seconds: 12 }
    const pointsTo = async (model: string) => (await registry().aliases(model))['live'] ?? null
    const protectedModel = async (model: string, approvals = 1) => {
      await register(model, { evaluation: {} })
      await register(model, {}, `${model} again`)
      await requests().protect(
        model,
        { alias: 'live', requesters: [], checks: ['evaluation'], approvals },
        mila,
      )
      return { model, alias: 'live', version: 1, reason: 'better' }
    }

    it('move by a request that others agree to, never directly, never by who asked', async () => {
      const wanted = await protectedModel('guarded', 2)
      await expect(registry().setAlias(wanted, mila)).rejects.toMatchObject({
        ...{ code: 'ALIAS_PROTECTED', message: expect.stringContaining('2 other people') },
      })
      const asked = await requests().request(wanted, mila)
      expect(asked).toMatchObject({ state: 'requested', needed: 2, requestedBy: 'mila' })
      await expect(requests().decide(asked.id, approve, mila)).rejects.toMatchObject({
        code: 'SELF_APPROVAL',
      })
      expect((await requests().decide(asked.id, { ...approve, seconds: 0.4 }, jon)).state).toBe('requested')
      await expect(requests().decide(asked.id, approve, jon)).rejects.toMatchObject({
        code: 'ALREADY_DECIDED',
      })
      expect(await pointsTo('guarded')).toBeNull()
      expect((await requests().decide(asked.id, approve, ana)).state).toBe('approved')
      expect(await pointsTo('guarded')).toBe(1)
      const history = await registry().aliasHistory('guarded')
      expect(history.at(-1)?.reason).toBe(`better [${asked.id}: asked for by mila, agreed by jon, ana]`)
      const { items } = await db().read.audit.list({ objectPrefix: 'model:guarded', limit: 5 })
      expect(items.map(({ action }) => action)).toEqual([
        ...['alias.moved', 'approval.agreed', 'approval.agreed', 'approval.requested', 'alias.protected'],
      ])
      expect(items[2]?.details).toMatchObject({ pace: 'under 2 s', seconds: 0.4 })
      await expect(registry().setAlias({ ...wanted, version: null }, jon)).rejects.toMatchObject({
        code: 'ALIAS_PROTECTED',
      })
    })

    it('need what the rule asks for', async () => {
      const wanted = await protectedModel('checked', 0)
      await expect(requests().request({ ...wanted, version: 2 }, mila)).rejects.toMatchObject({
        ...{ code: 'CHECK_FAILED', message: expect.stringContaining('it was not evaluated') },
      })
      expect((await requests().request(wanted, mila)).state).toBe('approved')
      expect(await pointsTo('checked')).toBe(1)
      await requests().protect(
        'checked',
        { alias: 'live', requesters: ['jon'], checks: ['signed-files'], approvals: 0 },
        mila,
      )
      await expect(requests().request(wanted, mila)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      await expect(requests().request({ ...wanted, version: 2 }, jon)).rejects.toMatchObject({
        ...{ code: 'CHECK_FAILED', message: expect.stringContaining('unsigned') },
      })
      await signingWith().sign({ model: 'checked', version: 2 }, jon)
      await requests().request({ ...wanted, version: 2 }, jon)
      expect(await pointsTo('checked')).toBe(2)
    })

    it('are void once what they are bound to changed, and expire', async () => {
      const wanted = await protectedModel('bound')
      const asked = await requests().request(wanted, mila)
      const rival = await requests().request({ ...wanted, reason: 'also' }, ana)
      await requests().decide(rival.id, approve, jon)
      const late = await requests().decide(asked.id, approve, jon)
      expect(late).toMatchObject({ state: 'void', closedBecause: expect.stringContaining('the alias') })
      await expect(requests().decide(asked.id, approve, ana)).rejects.toMatchObject({
        code: 'APPROVAL_CLOSED',
      })
      const slow = await requests().request({ ...wanted, version: null }, mila)
      clock.set(clock.nowMicros() + 7n * day)
      expect((await requests().get(slow.id)).state).toBe('expired')
      await expect(requests().decide(slow.id, approve, jon)).rejects.toMatchObject({
        code: 'APPROVAL_CLOSED',
      })
      expect(await pointsTo('bound')).toBe(1)
    })

    it('can be declined by others and withdrawn by who asked', async () => {
      const wanted = await protectedModel('undone')
      const asked = await requests().request(wanted, mila)
      await expect(requests().withdraw(asked.id, '', jon)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      expect((await requests().withdraw(asked.id, 'no', mila)).state).toBe('withdrawn')
      const again = await requests().request(wanted, mila)
      const declined = await requests().decide(again.id, { ...approve, verdict: 'decline' }, jon)
      expect(declined.state).toBe('declined')
      expect(await pointsTo('undone')).toBeNull()
      const { items } = await requests().list({ model: 'undone' })
      expect(items.map(({ state }) => state)).toEqual(['declined', 'withdrawn'])
      await requests().unprotect({ model: 'undone', alias: 'live' }, mila)
      await registry().setAlias(wanted, mila)
      expect(await pointsTo('undone')).toBe(1)
    })
  })
}
