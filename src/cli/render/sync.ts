import type { SentSpool } from '../spool/send-spool.ts'
import { formatBytes, plural } from './text.ts'

const mostRefusals = 20

/** What was sent of each spool, and at the end what was refused and why. */
export function renderSent(spools: readonly SentSpool[]): string {
  if (spools.length === 0) return 'Nothing to send.\n'
  const refused = spools.flatMap(({ refused: each, spool }) => each.map(one => ({ ...one, spool })))
  const lines = spools.flatMap(spool => [
    `${spool.client}  ${plural(spool.runs, 'run')}, ${plural(spool.points, 'point')}, ${formatBytes(spool.bytes)} to ${spool.server.name}${spool.live ? ' (its process still writes)' : ''}`,
    ...(spool.cutBytes > 0
      ? [`  the last operation was cut when its process ended: ${formatBytes(spool.cutBytes)} dropped`]
      : []),
    ...(Math.abs(spool.skewMs) > 1000
      ? [`  the clock of this machine is ${(-spool.skewMs / 1000).toFixed(0)} s off the server's`]
      : []),
  ])
  return [...lines, ...renderRefused(refused), ''].join('\n')
}

function renderRefused(
  refused: readonly (SentSpool['refused'][number] & { readonly spool: string })[],
): string[] {
  if (refused.length === 0) return ['Nothing was refused.']
  const left = refused.length - mostRefusals
  return [
    `${plural(refused.length, 'operation')} ${refused.length === 1 ? 'was refused and stays' : 'were refused and stay'} in refused.jsonl of the spool:`,
    ...refused
      .slice(0, mostRefusals)
      .map(({ sequence, run, code, message }) => `  ${sequence}  run ${run ?? '?'}  ${code}: ${message}`),
    ...(left > 0 ? [`  and ${left} more`] : []),
  ]
}
