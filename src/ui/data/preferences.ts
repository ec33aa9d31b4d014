import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'
export type Zone = 'utc' | 'local'

const listeners = new Set<() => void>()

function stored<Choice extends string>(key: string, choices: readonly [Choice, ...Choice[]]): Choice {
  const value = localStorage.getItem(`fettle.${key}`)
  return choices.find(choice => choice === value) ?? choices[0]
}

const readTheme = () => stored<Theme>('theme', ['system', 'light', 'dark'])
const readZone = () => stored<Zone>('zone', ['utc', 'local'])

export function applyTheme(): void {
  const theme = readTheme()
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

function store(key: string, value: string): void {
  localStorage.setItem(`fettle.${key}`, value)
  applyTheme()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)')
  listeners.add(listener)
  media.addEventListener('change', listener)
  return () => {
    listeners.delete(listener)
    media.removeEventListener('change', listener)
  }
}

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  return [useSyncExternalStore(subscribe, readTheme), theme => store('theme', theme)]
}

export function useZone(): readonly [Zone, (zone: Zone) => void] {
  return [useSyncExternalStore(subscribe, readZone), zone => store('zone', zone)]
}

/** Whether dark colours show now; canvas charts redraw when it changes. */
export function useDark(): boolean {
  return useSyncExternalStore(subscribe, () => {
    const theme = readTheme()
    return theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  })
}
