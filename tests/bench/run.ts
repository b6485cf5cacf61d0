/**
 * `npm run bench -- <name> [--quick]`: runs one benchmark from this folder.
 *
 * A benchmark is a module that exports `bench(options): Promise<Metric[]>`. It checks its own answers
 * (throws when a result is wrong), and measures ours and a peer side by side in the same run.
 * One JSON line is printed a metric; everything else goes to stderr. Ends with 1 where a promise was missed.
 */
import { readdirSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Bench, missed } from "./metric.ts";

const folder = dirname(fileURLToPath(import.meta.url));
const helpers = new Set(["run.ts", "metric.ts"]);
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".ts") && !helpers.has(file))
  .map((file) => file.slice(0, -3));

const [name, ...flags] = process.argv.slice(2);
if (!name || !names.includes(name)) {
  console.error(`Usage: npm run bench -- <name> [--quick]. Benchmarks: ${names.join(", ")}.`);
  process.exit(2);
}

console.error(
  `bench ${name} on ${cpus()[0]?.model ?? "unknown CPU"} × ${cpus().length}, Node ${process.version}`,
);
const { bench } = (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as { bench: Bench };
const metrics = await bench({ quick: flags.includes("--quick") });
for (const metric of metrics) console.log(JSON.stringify({ bench: name, ...metric }));
for (const { metric, ours, allowed, unit } of missed(metrics)) {
  console.error(`Missed: ${metric}: ${ours}, at most ${allowed} ${unit} are promised.`);
  process.exitCode = 1;
}
