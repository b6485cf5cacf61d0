import { boundsOf, type Geometry, type Plane } from "@coscope/annotations/geometry";
import { type Parts, subtractNeighbours } from "@coscope/annotations/shapes";
import type { Region, Scene } from "../../masks/protocol.ts";
import { neighboursOf } from "../area.ts";
import type { Change, ToolHost } from "../tool.ts";
import type { ToolPrompt } from "./object.ts";
import { provenanceOf } from "./provenance.ts";

export const polygon = (parts: Parts, plane: Plane): Geometry => ({ kind: "polygon", plane, parts });

/** What is kept of an outline, with how it came to be; null where other areas of the layer cover it already. */
export function additionOf(
  host: ToolHost,
  now: Scene,
  geometry: Geometry,
  from: { readonly prompts: readonly ToolPrompt[]; readonly region: Region; readonly score: number },
): NonNullable<Change["add"]>[number] | null {
  const left = host.emptyOnly()
    ? subtractNeighbours(geometry, neighboursOf(host, boundsOf(geometry), null))
    : geometry;
  return left && { geometry: left, provenance: provenanceOf(now, from.prompts, from.region, from.score) };
}
