import { Dialog } from './dialog.tsx'
import { places } from './navigation.tsx'

const keys: readonly (readonly [string, string])[] = [
  ['/', 'Go to a page or an object by name'],
  ['j k', 'Next and previous row of the table with focus; arrows do the same'],
  ['x', 'Select the run with focus, to compare it'],
  ['Enter', 'Open'],
  ['Esc', 'Close what is on top'],
  ['?', 'This list'],
  ...places.map(place => [`g ${place.key}`, `Go to ${place.word}`] as const),
]

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog label="Keyboard shortcuts" className="palette" onClose={onClose}>
      <dl className="help-list">
        {keys.map(([key, meaning]) => (
          <KeyRow key={key} name={key} meaning={meaning} />
        ))}
      </dl>
    </Dialog>
  )
}

function KeyRow({ name, meaning }: { name: string; meaning: string }) {
  return (
    <>
      <dt>
        <kbd>{name}</kbd>
      </dt>
      <dd>{meaning}</dd>
    </>
  )
}
