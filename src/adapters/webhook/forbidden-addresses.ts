import { BlockList, isIPv6 } from 'node:net';

/** Networks of IPv4 in which no public receiver is: this machine, private, shared, link-local, reserved, multicast. */
const V4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Azure's own service to its machines, though the address looks public.
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Within the public part of IPv6: tunnels that hide an address of IPv4 (Teredo, 6to4), and what is for documents. */
const V6: readonly (readonly [network: string, bits: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** Where an address of IPv4 is the end of one of IPv6; what is said of the one holds for the other. */
const NAT64 = '64:ff9b::';

const forbidden = new BlockList();
for (const [network, bits] of V4) {
  forbidden.addSubnet(network, bits, 'ipv4');
  forbidden.addSubnet(`${NAT64}${network}`, 96 + bits, 'ipv6');
}
for (const [network, bits] of V6) forbidden.addSubnet(network, bits, 'ipv6');

/** All of IPv6 that can be public; ::ffff:0:0/96 is IPv4, which a list of networks sees through by itself. */
const publicV6 = new BlockList();
publicV6.addSubnet('2000::', 3, 'ipv6');
publicV6.addSubnet(NAT64, 96, 'ipv6');
publicV6.addSubnet('::ffff:0:0', 96, 'ipv6');

/** Whether an address is one that no stranger is to have us call. */
export function isForbidden(address: string): boolean {
  if (!isIPv6(address)) return forbidden.check(address, 'ipv4');
  return !publicV6.check(address, 'ipv6') || forbidden.check(address, 'ipv6');
}
