/** Text forms of numbers, times, durations and sizes. Unknown stays unknown: no function turns a missing value into 0. */
import type { Zone } from './data/preferences.ts'

const integer = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** `1 234 567` with narrow spaces: no mistaking a separator for a decimal point. */
export function formatCount(value: number): string {
  return integer.format(value).replaceAll(',', '\u202f')
}

/** Up to `digits` significant digits; whole numbers are written whole. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value)
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return formatCount(value)
  const magnitude = Math.abs(value)
  if (magnitude >= 1e9 || magnitude < 1e-4) return value.toExponential(Math.max(0, digits - 2))
  return String(Number(value.toPrecision(digits))).replace('-', '−')
}

/** Fixed decimals so that a column of scores lines up. */
export function formatFixed(value: number, decimals = 4): string {
  return Number.isFinite(value) ? value.toFixed(decimals) : String(value)
}

export function formatSigned(value: number, decimals = 3): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(decimals)}`
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length)
  return `${formatNumber(bytes / 1000 ** power, 3)} ${units[power - 1]}`
}

/** `412 ms`, `8.4 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatElapsed(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} min`
}

/** Like `formatElapsed`, and `3 d 04 h` from two days on. */
export function formatSpan(ms: number): string {
  const hours = Math.round(ms / 3_600_000)
  return hours < 48 ? formatElapsed(ms) : `${Math.floor(hours / 24)} d ${pad(hours % 24)} h`
}

/** `2.5 %`; what is there but small stays above zero. */
export function formatShare(share: number): string {
  const percent = share * 100
  return `${percent === 0 || percent >= 0.01 ? Number(percent.toFixed(2)) : percent.toExponential(1)} %`
}

export function formatMicros(micros: number): string {
  return micros < 1000 ? `${micros} µs` : `${formatNumber(micros / 1000, 3)} ms`
}

/** Milliseconds since the epoch; NaN if it is no time. */
export function millis(timestamp: string): number {
  return Date.parse(timestamp)
}

const pad = (value: number) => String(value).padStart(2, '0')

export interface ClockText {
  readonly date: string
  readonly time: string
  readonly zone: string
}

/** Date and time to the second, in UTC or in the reader's zone. */
export function clockText(timestamp: string, zone: Zone): ClockText {
  const at = new Date(millis(timestamp))
  if (Number.isNaN(at.getTime())) return { date: timestamp, time: '', zone: '' }
  if (zone === 'utc') {
    const text = at.toISOString()
    return { date: text.slice(0, 10), time: text.slice(11, 19), zone: 'UTC' }
  }
  return {
    date: `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`,
    time: `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`,
    zone: offsetText(-at.getTimezoneOffset()),
  }
}

function offsetText(minutes: number): string {
  return `${minutes < 0 ? '−' : '+'}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`
}

/** `sha256:0123abcd…` shortened for the eye; the whole is in the title. */
export function shortHash(hash: string): string {
  const [, digest = hash] = /^(?:\w+:)?(.*)$/.exec(hash) ?? []
  return digest.slice(0, 12)
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** A JSON value on one line, as a reader would write it. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number') return formatNumber(value, 6)
  if (typeof value === 'string') return value
  return JSON.stringify(value)
}

/** Ids sort by time, so their ends tell them apart. */
export function shortRun(id: string): string {
  return id.length > 16 ? `${id.slice(0, 4)}…${id.slice(-8)}` : id
}

/** Text as it stood in its file without the margin that all lines after the first share. */
export function dedent(text: string): string {
  const [first = '', ...rest] = text
    .replace(/^\s*\n/, '\n')
    .trimEnd()
    .split('\n')
  const margins = rest.filter(line => line.trim()).map(line => line.search(/\S/))
  const margin = margins.length > 0 ? Math.min(...margins) : 0
  return [first.trim(), ...rest.map(line => line.slice(margin))].join('\n').trim()
}
