import { canonicalJson, type Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { GateCheck, SignedVerdictPage, VerdictPage } from './model.ts'

/** Over the checks that decide: any failure fails, else anything undecided leaves it so (releases.md §4.7). */
export function verdictOf(checks: readonly GateCheck[]): VerdictPage['verdict'] {
  const deciding = checks.filter(({ blocks }) => blocks).map(({ verdict }) => verdict)
  if (deciding.includes('fail')) return 'fail'
  return deciding.includes('inconclusive') ? 'inconclusive' : 'pass'
}

/** The sentence at the top of the page. */
export function summaryOf(checks: readonly GateCheck[]): string {
  const verdict = verdictOf(checks)
  if (verdict === 'pass') {
    const told = checks.filter(each => !each.blocks && each.verdict !== 'pass')
    const noted = told.length === 0 ? '' : `; to be looked at: ${names(told)}`
    return `All ${checks.filter(({ blocks }) => blocks).length} deciding checks passed${noted}.`
  }
  const those = checks.filter(each => each.blocks && each.verdict === verdict)
  const what = verdict === 'fail' ? 'failed' : 'could not be decided'
  return `${names(those)} ${what}: ${those.map(({ finding }) => withoutStop(finding)).join('; ')}.`
}

const names = (checks: readonly GateCheck[]): string => checks.map(({ name }) => name).join(', ')
const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '')

/** What is signed: the page without its signature, as canonical JSON (RFC 8785). */
function signedContent(page: VerdictPage): string {
  const { signature: _, ...content } = page as SignedVerdictPage
  return canonicalJson(content as unknown as Json)
}

export function signPage(signer: { sign(content: string): string }, page: VerdictPage): SignedVerdictPage {
  return { ...page, signature: signer.sign(signedContent(page)) }
}

/** Whether the project's key signed this page as it is. */
export function isGenuinePage(
  signer: { verify(content: string, signature: string): boolean },
  page: SignedVerdictPage,
): boolean {
  return signer.verify(signedContent(page), String(page.signature))
}

/** The error by which a release is refused, in the words of its page; undefined for a page that passed. */
export function refusalOf(page: VerdictPage): FettleError | undefined {
  if (page.verdict === 'pass') return undefined
  const deciding = page.checks.filter(each => each.blocks && each.verdict === page.verdict)
  const code =
    page.verdict === 'inconclusive'
      ? 'CONTRACT_INCONCLUSIVE'
      : deciding.some(({ name }) => name === 'contracts')
        ? 'CONTRACT_FAILED'
        : 'GATE_FAILED'
  return new FettleError(
    code,
    `release ${page.release.number} of ${page.deployment} is refused: ${page.summary}`,
    {
      hint: `fettle release show ${page.deployment} ${page.release.number} shows the whole page.`,
      details: {
        release: page.release.number,
        verdict: page.verdict,
        checks: deciding.map(({ name, finding, change }) => ({ name, finding, change })),
      },
    },
  )
}
