import { BlockList, isIP } from "node:net";

/**
 * What an IP address is to a server that fetches what strangers name.
 * "public": the internet. "private": this machine or its network, fetched from only where the operator named it.
 * "never": link-local (cloud metadata), multicast, reserved, or another address in disguise.
 */
export type AddressKind = "public" | "private" | "never";

type Range = readonly [prefix: string, bits: number];

// IANA's special-purpose registries (RFC 6890 and what came later), and what clouds put elsewhere.
const PRIVATE_V4: readonly Range[] = [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
];
const NEVER_V4: readonly Range[] = [
  ["0.0.0.0", 8],
  ["100.100.100.200", 32], // metadata of Alibaba Cloud
  ["168.63.129.16", 32], // the host agent of Azure
  ["169.254.0.0", 16],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
const PRIVATE_V6: readonly Range[] = [
  ["::1", 128],
  ["fc00::", 7],
];
/** The only block that global addresses are given from. */
const GLOBAL_V6: readonly Range[] = [["2000::", 3]];
const NEVER_V6: readonly Range[] = [
  ["2001::", 23], // Teredo, benchmarks, ORCHID
  ["2001:db8::", 32],
  ["2002::", 16], // 6to4: a v4 address inside
  ["3fff::", 20],
  ["fd00:42::42", 128], // metadata of Scaleway
  ["fd00:ec2::", 32], // metadata of AWS
  ["fd20:ce::254", 128], // metadata of Google Cloud
];

// v4 and v6 apart: a BlockList compares a mapped address with the rules of both.
const listOf = (ranges: readonly Range[], family: "ipv4" | "ipv6") => {
  const list = new BlockList();
  for (const [prefix, bits] of ranges) list.addSubnet(prefix, bits, family);
  return list;
};
const privateV4 = listOf(PRIVATE_V4, "ipv4");
const neverV4 = listOf(NEVER_V4, "ipv4");
const privateV6 = listOf(PRIVATE_V6, "ipv6");
const globalV6 = listOf(GLOBAL_V6, "ipv6");
const neverV6 = listOf(NEVER_V6, "ipv6");

/** ISATAP: a v4 address behind `0:5efe` or `200:5efe` in the last half. */
const ISATAP = /:(0{0,4}|0?200):0?5efe:[0-9a-f]{1,4}:[0-9a-f]{1,4}$/;

/** @param address an IP address as Node writes it; anything else is "never" */
export function classifyAddress(address: string): AddressKind {
  const family = isIP(address);
  if (family === 4) {
    if (neverV4.check(address, "ipv4")) return "never";
    return privateV4.check(address, "ipv4") ? "private" : "public";
  }
  // A zone id (fe80::1%eth0) names an interface of this machine.
  if (family !== 6 || address.includes("%")) return "never";
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  if (neverV6.check(canonical, "ipv6") || ISATAP.test(canonical)) return "never";
  if (privateV6.check(canonical, "ipv6")) return "private";
  return globalV6.check(canonical, "ipv6") ? "public" : "never";
}
