import type { CameraController } from "./camera/controller.ts";
import { zoomOf } from "./camera/transform.ts";
import { ViewerError } from "./errors.ts";
import { exactWindow, seenPart, valuesAt, visiblePixels } from "./measure.ts";
import { scaleBarFor } from "./overlay/scale-bar.ts";
import { readView } from "./read-view.ts";
import type { AnnotationPass } from "./render/annotations/pass.ts";
import type { LabelPass } from "./render/labels/pass.ts";
import type { Renderer } from "./render/renderer.ts";
import type { ImageSource } from "./source/image-source.ts";
import { histogramOf } from "./source/percentiles.ts";
import type { ImageLayer } from "./tiles/image-layer.ts";
import type { SourceStats } from "./tiles/main.ts";
import { osdStatics } from "./tiles/osd.ts";
import type { Viewer } from "./viewer-api.ts";

export interface InstrumentsHost {
  readonly renderer: Renderer;
  readonly camera: CameraController;
  readonly labels: LabelPass;
  readonly annotations: AnnotationPass;
  layer(): ImageLayer | null;
  channels: Viewer["channels"];
}

type Instruments = Pick<
  Viewer,
  "histogram" | "autoContrast" | "pixelAt" | "readView" | "scaleBar" | "stats" | "resetStats"
>;

/** What a viewer can be asked about its pixels and its work. */
export function createInstruments(host: InstrumentsHost): Instruments {
  const { renderer, camera, labels, annotations } = host;
  let baseline = { requests: 0, decodes: 0, uploads: 0 };
  const raws = () => renderer.drawn.map(({ raw }) => raw);

  async function pixelsOf(channel: number) {
    const layer = host.layer();
    if (!layer) throw new ViewerError("not-open", "No image is open in this viewer.", "Open one first.");
    const { source, slots, plane } = layer;
    const part = seenPart(camera.matrix(), camera.size());
    const visible = visiblePixels(raws(), source, slots, channel, part);
    if (visible.some((plane) => plane.length > 0)) return visible;
    // A hidden channel is not loaded: the coarsest level is the cheapest look at it.
    const { z, t } = plane;
    const tile = await source.getTile({ level: source.levels.length - 1, x: 0, y: 0, z, t, channel });
    return tile ? [tile.data] : [];
  }

  return {
    async histogram(channel, bins = 256) {
      return histogramOf(await pixelsOf(channel), bins);
    },
    async autoContrast(channel, { low = 0.1, high = 99.9 } = {}) {
      const window = exactWindow(await pixelsOf(channel), low, high);
      const current = host.channels()[channel];
      return window ?? { min: current?.min ?? 0, max: current?.max ?? 1 };
    },
    pixelAt(point) {
      const layer = host.layer();
      return layer ? valuesAt(raws(), layer.source, layer.slots, point) : [];
    },
    async readView(part, options) {
      const layer = host.layer();
      if (!layer) return null;
      const { source, slots, plane } = layer;
      const from = {
        source,
        slots,
        plane,
        settings: host.channels(),
        devicePx: zoomOf(camera.matrix()) * osdStatics.pixelDensityRatio,
        tiles: raws(),
        read: layer.readTile,
      };
      return readView(from, part, options);
    },
    scaleBar() {
      const layer = host.layer();
      return layer ? scaleBarFor(layer.source.calibration, zoomOf(camera.matrix())) : null;
    },
    stats() {
      const { uploads, ...drawn } = renderer.stats();
      const layer = host.layer();
      const read = sourceStats(layer?.source);
      return {
        ...drawn,
        aheadBytes: layer?.aheadBytes ?? 0,
        labelBytes: labels.bytes,
        uploads: uploads - baseline.uploads,
        requests: read.requests - baseline.requests,
        decodes: read.decodes - baseline.decodes,
        annotationBinsBuilt: annotations.rebuilt,
      };
    },
    resetStats() {
      const { requests, decodes } = sourceStats(host.layer()?.source);
      baseline = { requests, decodes, uploads: renderer.stats().uploads };
      renderer.resetStats();
    },
  };
}

function sourceStats(source: ImageSource | undefined): SourceStats {
  const counted = source as (ImageSource & { stats?: () => SourceStats }) | undefined;
  return counted?.stats?.() ?? { requests: 0, decodes: 0 };
}
