import { readFile } from 'node:fs/promises'
import { type ProspectView, type ReproductionReportView, reproductionReport } from '../../api/reproduction.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { renderProspect, renderReport } from '../render/reproduction.ts'
import { follow } from './run.ts'

export interface ReproduceOptions {
  readonly explain?: boolean
  readonly detach?: boolean
}

interface VersionName {
  readonly name: string
  readonly version: string
}

/** Ingredients are looked for before it starts. */
const deadlineMs = 5 * 60_000

export const run: Command<ReproduceOptions> = async (context, options, what = '', file) => {
  if (what === 'verify') return verify(context, file)
  if (file !== undefined)
    throw new FettleError('USAGE', 'reproduce takes one version', { hint: 'fettle reproduce late@3' })
  const name = parseVersion(what)
  const { api } = await context.client({ deadlineMs })
  const prospect = await api.reproducibility(name)
  if (options.explain === true) {
    context.result(prospect, () => renderProspect(prospect))
    return exitOf(prospect)
  }
  if (!context.json) context.io.err(renderProspect(prospect))
  const { run: started, report } = await api.reproduce({ ...name, body: {} })
  if (started === null) return told(context, report)
  if (options.detach === true) {
    context.result({ run: started }, () => `${started}\n`)
    return exitCodes.done
  }
  return followed(context, name, started)
}

/** `--explain` fails where a reproduction could not even begin. */
function exitOf({ class: found, erased }: ProspectView): ExitCode {
  return found.missing.length > 0 || erased.rows > 0 ? exitCodes.inconclusive : exitCodes.done
}

function parseVersion(text: string): VersionName {
  const [, name, version] = /^([^@]+)@v?(\d+)$/.exec(text) ?? []
  if (name === undefined || version === undefined)
    throw new FettleError('USAGE', `"${text}" does not name a version`, {
      hint: 'Write MODEL@VERSION, such as late@3; fettle models MODEL lists the versions.',
    })
  return { name, version }
}

async function followed(context: CommandContext, name: VersionName, run: string): Promise<ExitCode> {
  const client = await context.client()
  const quiet = { ...context, result: () => {} }
  const code = await follow(quiet, client, await client.api.run({ id: run }))
  if (code === exitCodes.interrupted) return code
  const { items } = await client.api.reproductions(name)
  const made = items.find(each => each.report.run === run)
  if (code !== exitCodes.done || made === undefined) return code === exitCodes.done ? exitCodes.failed : code
  return told(context, made)
}

function told(
  context: CommandContext,
  stored: { readonly hash: string; readonly report: ReproductionReportView } | null,
): ExitCode {
  if (stored === null) return exitCodes.failed
  const { report } = stored
  context.result(report, () => renderReport(report, stored.hash))
  if (report.verdict === 'reproduced') return exitCodes.done
  return report.verdict === 'inconclusive' ? exitCodes.inconclusive : exitCodes.notReproduced
}

async function verify(context: CommandContext, file: string | undefined): Promise<ExitCode> {
  if (file === undefined) throw new FettleError('USAGE', 'verify needs the file of a report')
  const report = await readReport(file)
  const { ok, faults } = await (await context.client()).api.verifyReproduction({ body: report })
  context.result({ ok, faults }, () =>
    ok
      ? `The report ${report.id} is genuine.\n`
      : `The report does not hold:\n${faults.map(each => `  ${each}\n`).join('')}`,
  )
  return ok ? exitCodes.done : exitCodes.failed
}

async function readReport(file: string): Promise<ReproductionReportView> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new FettleError('USAGE', `${file} cannot be read`, { cause })
  })
  try {
    return reproductionReport.parse(JSON.parse(text))
  } catch (cause) {
    throw new FettleError('USAGE', `${file} is no report of a reproduction`, {
      hint: 'fettle reproduce MODEL@VERSION --json prints one.',
      cause,
    })
  }
}
