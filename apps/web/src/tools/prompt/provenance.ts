import type { Provenance } from "@coscope/annotations";
import type { Prompt } from "@coscope/models";
import type { Region, Scene } from "../../masks/protocol.ts";
import type { ToolPrompt } from "./object.ts";

/** Hundredths of a px say enough of where somebody clicked. */
const short = (v: number) => Math.round(v * 100) / 100;

/** How a mask came to be, kept with the annotation. Later edits are in the log. */
export function provenanceOf(
  { model, z, t, channels, private: own }: Scene,
  prompts: readonly (ToolPrompt | Prompt)[],
  region: Region,
  score: number,
): Provenance {
  return {
    kind: "model",
    model: model.id,
    sha256: { encoder: model.encoder.sha256, decoder: model.decoder.sha256 },
    prompts: prompts.map(
      (p): Provenance =>
        p.kind === "point"
          ? { kind: p.kind, x: short(p.x), y: short(p.y), inside: p.inside }
          : {
              kind: p.kind,
              minX: short(p.minX),
              minY: short(p.minY),
              maxX: short(p.maxX),
              maxY: short(p.maxY),
            },
    ),
    region: { scale: region.scale, x: region.x, y: region.y },
    plane: { z, t },
    channels: [...channels],
    score: Math.round(score * 1000) / 1000,
    ...(own && { private: true }),
    at: new Date().toISOString(),
  };
}

/** Longer than this, what was known before is only named: both together must fit. */
const MOST_CHARACTERS = 8000;

/** How a correction came to be, with what was known of the annotation before: null where a person had drawn it. */
export function correctionOf(how: Provenance, before: Provenance | undefined): Provenance {
  const first = before && "corrects" in before ? before["corrects"]! : (before ?? null);
  const long = JSON.stringify(first).length > MOST_CHARACTERS;
  return { ...how, corrects: long ? { kind: before?.["kind"] ?? "other" } : first };
}
