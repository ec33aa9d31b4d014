import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }] as const,
  ),
)

/** WCAG 2.2, relative luminance of an sRGB colour. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map(at => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** WCAG 2.2, contrast ratio: 1 for equal colours, 21 for black on white. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

function ratio(front: string, back: string, theme: 'light' | 'dark'): number {
  const [a, b] = [tokens.get(front), tokens.get(back)]
  if (!a || !b) throw new Error(`no colour token ${a ? back : front}`)
  return contrast(a[theme], b[theme])
}

const inks = ['ink', 'ink-2', 'ink-3', 'accent', 'good', 'warn', 'bad']
const grounds = ['canvas', 'surface', 'sunk']
/** Text that stands on a tinted ground: selected rows and tags, notices, buttons. */
const tinted = [
  ...['ink', 'ink-2', 'ink-3', 'accent'].map(ink => [ink, 'accent-weak'] as const),
  ...['ink', 'ink-2', 'ink-3', 'bad'].map(ink => [ink, 'bad-weak'] as const),
  ...['ink', 'ink-2', 'ink-3', 'warn'].map(ink => [ink, 'warn-weak'] as const),
  ...['ink', 'ink-2', 'good'].map(ink => [ink, 'good-weak'] as const),
  ['on-accent', 'accent'] as const,
]
const text = [...inks.flatMap(ink => grounds.map(ground => [ink, ground] as const)), ...tinted]
/** Shapes that carry meaning: lines of charts, bars, frames of inputs. */
const shapes = [
  'series-1',
  'series-2',
  'series-3',
  'series-4',
  'series-5',
  'series-6',
  'series-7',
  'series-8',
  'control',
].flatMap(shape => ['canvas', 'surface'].map(ground => [shape, ground] as const))

describe.each(['light', 'dark'] as const)('contrast, %s', theme => {
  it('is 21 for black on white and reads every colour token', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 10)
    expect(tokens.size).toBe([...css.matchAll(/light-dark\(/g)].length)
  })
  it.each(text)('%s on %s can be read', (ink, ground) => {
    expect(ratio(ink, ground, theme)).toBeGreaterThanOrEqual(4.5)
  })
  it.each(shapes)('%s on %s can be told', (shape, ground) => {
    expect(ratio(shape, ground, theme)).toBeGreaterThanOrEqual(3)
  })
})
