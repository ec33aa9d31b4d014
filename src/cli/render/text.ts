/** Widest value a table cell shows before it is cut. */
const maxCell = 60

/** Text of others on a terminal: control characters, which could move the cursor or change colours, are left out. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}

/** Rows as aligned columns, two blanks apart, no trailing blanks. Headings are upper case. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [headings.map(heading => heading.toUpperCase()), ...rows.map(row => row.map(cell))]
  const widths = headings.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)))
  return cells
    .map(
      row =>
        `${row
          .map((text, column) => text.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

function cell(text: string): string {
  const line = plain(text).replace(/\s+/g, ' ')
  return line.length > maxCell ? `${line.slice(0, maxCell - 1)}…` : line
}

/** `1 step`, `3 steps`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** Thousands apart by a narrow blank: 1 234 567. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ' ')
}

/** Six significant digits at most, without trailing zeros. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`
}

/** Milliseconds for people: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min, 3 d 4 h. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return two(Math.floor(whole / 60), 'min', whole % 60, 's')
  if (whole < 86_400) return two(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min')
  return two(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h')
}

function two(...[major, majorUnit, minor, minorUnit]: [number, string, number, string]): string {
  return minor === 0 ? `${major} ${majorUnit}` : `${major} ${majorUnit} ${minor} ${minorUnit}`
}

/** How long ago a timestamp was: `just now`, `3 min ago`; the date when it is over a week. */
export function formatAgo(timestamp: string | null, now: number): string {
  if (timestamp === null) return 'never'
  const seconds = (now - Date.parse(timestamp)) / 1000
  if (seconds < -60) return `${timestamp.slice(0, 16).replace('T', ' ')} UTC`
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${Math.round(seconds)} s ago`
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`
  if (seconds < 7 * 86_400) return `${Math.round(seconds / 86_400)} d ago`
  return `${timestamp.slice(0, 16).replace('T', ' ')} UTC`
}
