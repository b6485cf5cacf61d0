import { expect, test } from "vitest";
import { createOriginPolicy } from "./origin.ts";

test("a server of this machine alone answers to local names only", () => {
  const policy = createOriginPolicy("127.0.0.1");
  for (const host of ["localhost:4747", "127.0.0.1:1", "[::1]:4747", "LOCALHOST"])
    expect(policy.hostAllowed(host), host).toBe(true);
  for (const host of ["evil.example", "127.0.0.1.evil.example", "lab-pc:4747", "", "a b", null])
    expect(policy.hostAllowed(host), String(host)).toBe(false);
});

test("a server on the network answers to any name", () => {
  const policy = createOriginPolicy("0.0.0.0");
  expect(policy.hostAllowed("lab-pc.local:4747")).toBe(true);
  expect(policy.hostAllowed(null)).toBe(false);
});

test("pages of other sites are recognised by their origin", () => {
  const policy = createOriginPolicy("0.0.0.0");
  const host = "Lab-PC:4747";
  expect(policy.originAllowed(null, host)).toBe(true);
  expect(policy.originAllowed("http://lab-pc:4747", host)).toBe(true);
  expect(policy.originAllowed("https://lab-pc:4747", host)).toBe(true);
  for (const origin of ["http://lab-pc:4748", "http://lab-pc", "https://evil.example", "null", "nonsense"])
    expect(policy.originAllowed(origin, host), origin).toBe(false);
  expect(policy.originAllowed("http://lab-pc:4747", null)).toBe(false);
});
