import type { ArtifactUsage, Collected } from '../../platform.ts'
import { formatBytes, plural } from './text.ts'

/** Who uses the stored objects, most bytes first. An object may have several users. */
export function renderUsage({ objects, bytes, users, unused }: ArtifactUsage): string {
  const width = Math.max(6, ...users.map(({ user }) => user.length))
  return [
    `${plural(objects, 'object')}, ${formatBytes(bytes)}`,
    ...users.map(
      each =>
        `  ${each.user.padEnd(width)}  ${plural(each.objects, 'object')}, ${formatBytes(each.bytes)}, ${formatBytes(each.alone)} of it alone`,
    ),
    `  ${'nobody'.padEnd(width)}  ${plural(unused.objects, 'object')}, ${formatBytes(unused.bytes)}`,
    '',
  ].join('\n')
}

/** What was, or would be, removed. */
export function renderCollected({ objects, bytes, young, kept, dryRun }: Collected): string {
  const done = dryRun ? 'Would remove' : 'Removed'
  return `${done} ${plural(objects, 'object')} (${formatBytes(bytes)}); ${kept} in use, ${young} unused but too young\n`
}
