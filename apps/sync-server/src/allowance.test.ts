import { expect, test } from "vitest";
import { createAllowance } from "./allowance.ts";

function allowanceOf(options: { burst: number; perSecond: number; atOnce: number }) {
  let now = 0;
  const refusal = (waitMs: number) => new Error(waitMs > 0 ? `wait ${waitMs}` : "one at a time");
  const allow = createAllowance({ ...options, refusal, nowMs: () => now });
  const spend = (who: string, cost: number) => allow(who, async (pay) => pay(cost));
  return { allow, spend, wait: (seconds: number) => (now += 1000 * seconds) };
}

test("anything may be begun without debt; who has one waits, others do not", async () => {
  const { spend, wait } = allowanceOf({ burst: 100, perSecond: 10, atOnce: 1 });
  await spend("eve", 100);
  await spend("eve", 300);
  await expect(spend("eve", 1)).rejects.toThrow("wait 30000");
  await spend("ada", 1);
  wait(29);
  await expect(spend("eve", 1)).rejects.toThrow("wait 1000");
  wait(1);
  await spend("eve", 1);
});

test("so many at a time; what fails makes room and is paid as far as it went", async () => {
  const { allow, spend } = allowanceOf({ burst: 10, perSecond: 1, atOnce: 1 });
  const gate = Promise.withResolvers<void>();
  const first = allow("eve", async (pay) => {
    pay(20);
    await gate.promise;
  });
  await expect(spend("eve", 1)).rejects.toThrow("one at a time");
  gate.reject(new Error("broken"));
  await expect(first).rejects.toThrow("broken");
  await expect(spend("eve", 1)).rejects.toThrow("wait 10000");
});
