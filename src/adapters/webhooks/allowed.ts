import { BlockList, isIP } from 'node:net'
import { isPrivateAddress } from '../../kernel/private-address.ts'

/** Private addresses and names that may be sent to all the same, and by plain http. */
export interface AllowList {
  readonly names: ReadonlySet<string>
  readonly addresses: BlockList
}

/**
 * Names, addresses and networks with commas between them: `hooks.internal, 10.2.0.0/16, ::1`. Throws TypeError for what is
 * none of these.
 */
export function parseAllowList(text: string): AllowList {
  const names = new Set<string>()
  const addresses = new BlockList()
  for (const item of text.split(',').map(each => each.trim().toLowerCase())) {
    const [address = '', bits] = item.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (item === '') continue
    if (isIP(address) === 0) names.add(checkedName(item))
    else if (bits === undefined) addresses.addAddress(address, family)
    else addresses.addSubnet(address, checkedBits(bits, family), family)
  }
  return { names, addresses }
}

function checkedName(item: string): string {
  if (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(item)) return item
  throw new TypeError(`${JSON.stringify(item)} is no name, address or network`)
}

function checkedBits(bits: string, family: 'ipv4' | 'ipv6'): number {
  if (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 'ipv4' ? 32 : 128)) return Number(bits)
  throw new TypeError(`/${bits} is not the size of a network`)
}

export function mayConnect(address: string, { addresses }: AllowList): boolean {
  return !isPrivateAddress(address) || addresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
