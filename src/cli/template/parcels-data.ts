const depots = [
  { name: 'bergen', slow: 0.15 },
  { name: 'lyon', slow: 0.35 },
  { name: 'porto', slow: 0.55 },
  { name: 'zagreb', slow: 0.25 },
] as const

const firstDay = Date.parse('2025-01-06T00:00:00Z')
const dayCount = 56
const perDay = 30

/** A made-up table of parcels, the same on every machine: some depots are slow, and slowness comes in weeks. */
export function parcelsCsv(): string {
  const random = generator(20_250_106)
  const lines = ['parcel_id,depot,weight_kg,shipped_at,delivered_at,days']
  for (let day = 0; day < dayCount; day++) {
    for (let parcel = 0; parcel < perDay; parcel++) {
      const depot = depots[Math.floor(random() * depots.length)] ?? depots[0]
      const weight = Math.round((0.2 + 20 * random() ** 3) * 10) / 10
      const week = Math.floor(day / 7)
      const slow = depot.slow + (week % 3 === 1 ? 0.2 : 0) + weight / 100
      const days = random() < slow ? 4 + Math.floor(3 * random()) : 1 + Math.floor(3 * random())
      const shipped = firstDay + day * 86_400_000 + Math.floor(10 * 3600 * random()) * 1000 + 8 * 3_600_000
      const delivered = shipped + days * 86_400_000
      lines.push(
        [day * perDay + parcel + 1, depot.name, weight, iso(shipped), iso(delivered), days].join(','),
      )
    }
  }
  return `${lines.join('\n')}\n`
}

function iso(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}

/** Numbers in [0, 1): a linear congruential generator modulo 2^31, enough for example data. */
function generator(seed: number): () => number {
  let state = seed % 2_147_483_648
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}
