import { BlockList, isIP } from 'node:net';

/** Receivers and networks of one's own that may be called although strangers' may not. */
export interface AllowList {
  readonly hosts: readonly { readonly host: string; readonly port: string | null }[];
  readonly networks: BlockList;
}

/** `host[:port]` and networks like `10.1.0.0/16`, comma-separated; undefined where one of them is neither. */
export function readAllowList(text: string): AllowList | undefined {
  const networks = new BlockList();
  const hosts: { host: string; port: string | null }[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    const host = entry.includes('/') ? undefined : readHost(entry);
    if (host) hosts.push(host);
    else if (!addNetwork(networks, entry)) return undefined;
  }
  return { hosts, networks };
}

export const NOTHING_INTERNAL: AllowList = { hosts: [], networks: new BlockList() };

/** Whether the receiver itself is named: by its host, with its port where one is named, or as an address of a network. */
export function isNamed({ hosts, networks }: AllowList, url: URL): boolean {
  const address = addressIn(url);
  const isHost = hosts.some(({ host, port }) => host === url.hostname && (port === null || port === portOf(url)));
  return isHost || (address !== undefined && isWithin(networks, address));
}

export const isWithin = (networks: BlockList, address: string): boolean =>
  networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** The host of a URL where it is an address; whatever way it was written, a URL has it in the usual one. */
export function addressIn({ hostname }: URL): string | undefined {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) === 0 ? undefined : bare;
}

export const portOf = ({ port, protocol }: URL): string => port || (protocol === 'https:' ? '443' : '80');

const HOST_SHAPE = /^(\[[0-9A-Fa-f:.]+\]|[^\s:/@?#\\[\]]+)(?::(\d{1,5}))?$/;

/** As a URL would have it, so that both are compared in one way. */
function readHost(entry: string): { host: string; port: string | null } | undefined {
  const [, host, port] = HOST_SHAPE.exec(entry) ?? [];
  if (host === undefined || !URL.canParse(`http://${host}`) || Number(port ?? 1) > 65_535) return undefined;
  return { host: new URL(`http://${host}`).hostname, port: port === undefined ? null : String(Number(port)) };
}

function addNetwork(networks: BlockList, entry: string): boolean {
  const [, network = '', bits = ''] = /^([0-9A-Fa-f:.]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const version = isIP(network);
  if (version === 0 || bits === '' || Number(bits) > (version === 4 ? 32 : 128)) return false;
  networks.addSubnet(network, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  return true;
}
