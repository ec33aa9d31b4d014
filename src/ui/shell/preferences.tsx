import type { Theme, Zone } from '../data/preferences.ts'
import { useTheme, useZone } from '../data/preferences.ts'

const themes: readonly Theme[] = ['system', 'light', 'dark']
const zones: readonly (readonly [Zone, string])[] = [
  ['utc', 'UTC'],
  ['local', 'Local'],
]

export function Preferences() {
  const [theme, setTheme] = useTheme()
  const [zone, setZone] = useZone()
  return (
    <div>
      <fieldset className="choice">
        <legend className="sr-only">Theme</legend>
        <div className="segments">
          {themes.map(choice => (
            <button
              key={choice}
              type="button"
              aria-pressed={choice === theme}
              onClick={() => setTheme(choice)}
            >
              {choice === 'system' ? 'Auto' : choice === 'light' ? 'Light' : 'Dark'}
            </button>
          ))}
        </div>
      </fieldset>
      <fieldset className="choice">
        <legend className="sr-only">Times in</legend>
        <div className="segments">
          {zones.map(([choice, word]) => (
            <button key={choice} type="button" aria-pressed={choice === zone} onClick={() => setZone(choice)}>
              {word}
            </button>
          ))}
        </div>
      </fieldset>
    </div>
  )
}
