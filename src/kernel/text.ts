/** Why a text cannot be stored, or undefined. Stores hold valid Unicode without U+0000. */
export function textFault(text: string): string | undefined {
  if (text.includes('\u0000')) return 'holds the character U+0000'
  return /\p{Surrogate}/u.test(text) ? 'is not valid Unicode' : undefined
}
