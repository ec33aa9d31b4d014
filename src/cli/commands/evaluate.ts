import { stat } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { writeWhole } from '../../kernel/write-whole.ts'
import { type Evaluated, type EvaluatedTable, evaluatePredictions } from '../../platform.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { renderEvaluation } from '../render/evaluation.ts'
import { type EvaluateOptions, judgingOf, usage } from './evaluate-options.ts'
import { evaluateRegistered } from './evaluate-version.ts'

const pageKinds = ['.html', '.json']
/** A report is sent to others; what the user's mask leaves of this. */
const forAll = 0o666

/**
 * Judges a table of predictions, or a registered version on a table, on this machine, and writes the report as a page or as
 * data. With contracts, the exit code is their verdict.
 */
export const run: Command<EvaluateOptions> = async (context, options, what = '') => {
  const { out: outs = [], junit } = options
  const wrong = outs.find(out => !pageKinds.includes(extname(out)))
  if (wrong !== undefined)
    throw usage(
      `--out ${wrong} ends neither in .html nor in .json`,
      'Write --out report.html for a page, --out report.json for data.',
    )
  if (junit !== undefined && options.contracts === undefined)
    throw usage(
      '--junit tells of contracts, and none are given',
      '--contracts contracts.json --junit contracts.xml',
    )
  for (const file of [...outs, ...(junit === undefined ? [] : [junit])]) await checkFolder(file)
  const { kept, evaluated } = await judged(context, options, what)
  const { page, junit: suites, verdict, ...found } = evaluated
  const texts = [
    ...outs.map(
      out => [out, extname(out) === '.html' ? page() : `${JSON.stringify(found, null, 2)}\n`] as const,
    ),
    ...(junit === undefined ? [] : [[junit, suites() ?? ''] as const]),
  ]
  for (const [file, text] of texts) await writeWhole(file, text, forAll)
  const written = texts.map(([file]) => file)
  context.result({ ...found, written, ...(kept === null ? {} : { kept }) }, () =>
    renderEvaluation(found, { written, kept, verdict: verdict() }),
  )
  return exitOf(found)
}

async function judged(
  context: CommandContext,
  options: EvaluateOptions,
  what: string,
): Promise<{ readonly kept: string | null; readonly evaluated: Evaluated }> {
  if (options.on !== undefined) return evaluateRegistered(context, options, { what, on: options.on })
  if (options.keep === true)
    throw usage(
      'a table of predictions belongs to no version',
      'Leave --keep out, or score the version: MODEL@VERSION --on TABLE',
    )
  if (/^[^/.]+@[^/.]+$/.test(what))
    throw usage(
      `on which rows is ${what} to be judged?`,
      '--on TABLE, or --on ds-…:SPLIT of a stored training set',
    )
  const { score, task, classScore, against, againstScore } = options
  if (score === undefined && !(task === 'multiclass' && classScore))
    throw usage('which column holds the score?', '--score COLUMN')
  const evaluated = await evaluatePredictions({
    ...(await judgingOf(context, what, options)),
    ...(against === undefined ? {} : { against }),
    ...(againstScore === undefined ? {} : { againstScore }),
  })
  return { kept: null, evaluated }
}

/** Before minutes of work are done for a file that cannot be written. */
async function checkFolder(file: string): Promise<void> {
  const folder = dirname(resolve(file))
  if (!(await isFolder(folder)))
    throw usage(
      `${file} cannot be written: there is no folder ${folder}`,
      'Make the folder first, or name another.',
    )
  if (await isFolder(file)) throw usage(`${file} is a folder`, 'Name a file.')
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    found => found.isDirectory(),
    () => false,
  )

function exitOf({ contracts }: EvaluatedTable): ExitCode {
  if (!contracts || contracts.verdict === 'pass') return exitCodes.done
  return contracts.verdict === 'fail' ? exitCodes.refused : exitCodes.inconclusive
}
