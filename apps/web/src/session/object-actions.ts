import { type AnnotationId, makeSetAttribute } from "@coscope/annotations";
import { remember } from "../state/scope.ts";
import type { AttributeValue, ColorBy, Paint } from "../state/workspace.ts";
import type { Target } from "../tools/tool.ts";
import type { Edits } from "./edits.ts";
import type { EngineStores } from "./engine.ts";
import { idsByLayer } from "./tool-host.ts";

interface ObjectActionsOptions {
  readonly edits: Edits;
  readonly stores: Pick<EngineStores, "colorBy" | "paint" | "image">;
  targets(ids: Iterable<AnnotationId>): Target[];
  mayChange(targets: readonly Target[]): boolean;
}

/** Changes that the form of attributes and the table ask for. */
export function createObjectActions({ edits, stores, targets, mayChange }: ObjectActionsOptions) {
  return {
    setAttribute(ids: readonly AnnotationId[], name: string, value: AttributeValue | null) {
      const chosen = targets(ids);
      if (chosen.length === 0 || !mayChange(chosen)) return;
      edits.group(() => {
        for (const [layerId, some] of idsByLayer(chosen))
          edits.run(layerId, makeSetAttribute(some, name, value));
      });
    },
    setColorBy(colorBy: ColorBy) {
      stores.colorBy.set(colorBy);
      remember("colorBy", colorBy, stores.image.get().projectId);
    },
    setPaint: (paint: Paint | null) => stores.paint.set(() => paint),
  };
}
