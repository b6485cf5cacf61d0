import { imagePoint, screenPoint } from "@coscope/annotations/geometry";
import type { CameraState } from "../camera/camera.ts";
import { cameraMatrix, screenToImage } from "../camera/transform.ts";
import { isAbort } from "../errors.ts";
import type { Viewer } from "../viewer-api.ts";
import { colorThumbnail, readThumbnail, type Thumbnail } from "./thumbnail.ts";

/** Where someone else looks. */
export interface OtherView extends CameraState {
  readonly id: string;
  /** Their canvas, CSS px. */
  readonly width: number;
  readonly height: number;
  /** 0xRRGGBB */
  readonly color: number;
}

export interface Minimap {
  setOthers(views: readonly OtherView[]): void;
  destroy(): void;
}

const LONGEST_CSS = 180;
/** A view smaller than this on the map is drawn this large, or one would not find it. */
const SMALLEST_BOX_CSS = 7;

/**
 * The whole image, small, with the part that is on screen. Click or drag moves
 * there. Kept out of the keyboard's way: everything it does, keys do too.
 */
export function createMinimap(viewer: Viewer, element: HTMLElement): Minimap {
  const abort = new AbortController();
  const canvas = document.createElement("canvas");
  canvas.dataset["part"] = "minimap";
  canvas.dataset["viewerIgnore"] = "";
  canvas.setAttribute("aria-hidden", "true");
  Object.assign(canvas.style, {
    display: "none",
    touchAction: "none",
    cursor: "crosshair",
    borderRadius: "inherit",
  });
  element.append(canvas);
  const context = canvas.getContext("2d")!;
  let thumbnail: Thumbnail | null = null;
  let picture: ImageData | null = null;
  let reading: AbortController | null = null;
  /** What the thumbnail was read for: image, plane and channels. */
  let readFor = "";
  let others: readonly OtherView[] = [];
  let due = 0;

  /** CSS px of the map per image px. */
  function scale(): number {
    const { source } = viewer;
    if (!source) return 1;
    const room = element.clientWidth || LONGEST_CSS;
    return Math.min(room / source.width, LONGEST_CSS / source.height, LONGEST_CSS / source.width);
  }

  function read(): void {
    const { source } = viewer;
    if (!source) return;
    const settings = viewer.channels();
    const plane = viewer.plane();
    const shown = settings.map((channel) => (channel.visible ? 1 : 0)).join("");
    const wanted = `${source.id} ${plane.projection ?? plane.z} ${plane.t} ${shown}`;
    if (wanted === readFor) return;
    readFor = wanted;
    reading?.abort();
    const controller = new AbortController();
    reading = controller;
    const longest = Math.round(LONGEST_CSS * Math.min(2, devicePixelRatio));
    readThumbnail(source, settings, plane, longest, controller.signal).then(
      (read) => {
        if (controller.signal.aborted) return;
        thumbnail = read;
        colour();
      },
      (error) => {
        // The map goes without a picture; the tiles themselves say what is wrong.
        if (!isAbort(error) && !controller.signal.aborted) readFor = "";
      },
    );
  }

  function colour(): void {
    picture = thumbnail
      ? new ImageData(colorThumbnail(thumbnail, viewer.channels()), thumbnail.width, thumbnail.height)
      : null;
    schedule();
  }

  function schedule(): void {
    if (!due) due = requestAnimationFrame(draw);
  }

  function draw(): void {
    due = 0;
    const { source } = viewer;
    canvas.style.display = source ? "block" : "none";
    if (!source) return;
    const ratio = Math.min(2, devicePixelRatio);
    const k = scale();
    const width = Math.max(1, Math.round(source.width * k));
    const height = Math.max(1, Math.round(source.height * k));
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#0b0c0e";
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (picture) drawPicture(picture);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const view of others) box(view, view, k, `#${view.color.toString(16).padStart(6, "0")}`, 1.5);
    box(viewer.camera(), viewer.size(), k, "#ffffff", 1.75);
  }

  function drawPicture(data: ImageData): void {
    const scratch = new OffscreenCanvas(data.width, data.height);
    scratch.getContext("2d")!.putImageData(data, 0, 0);
    context.imageSmoothingQuality = "high";
    context.drawImage(scratch, 0, 0, canvas.width, canvas.height);
  }

  function box(
    camera: CameraState,
    size: { width: number; height: number },
    k: number,
    color: string,
    line: number,
  ): void {
    const matrix = cameraMatrix(camera, size);
    const corners = [
      [0, 0],
      [size.width, 0],
      [size.width, size.height],
      [0, size.height],
    ].map(([x, y]) => screenToImage(matrix, screenPoint(x!, y!)));
    const middle = { x: camera.cx * k, y: camera.cy * k };
    const reach = Math.max(size.width, size.height) * (k / camera.zoom);
    const grow = Math.max(1, SMALLEST_BOX_CSS / reach);
    context.beginPath();
    for (const corner of corners) {
      context.lineTo(
        middle.x + (corner.x * k - middle.x) * grow,
        middle.y + (corner.y * k - middle.y) * grow,
      );
    }
    context.closePath();
    context.lineJoin = "round";
    context.lineWidth = line + 2;
    context.strokeStyle = "rgb(0 0 0 / 0.6)";
    context.stroke();
    context.lineWidth = line;
    context.strokeStyle = color;
    context.stroke();
  }

  function go(event: PointerEvent): void {
    const bounds = canvas.getBoundingClientRect();
    const { source } = viewer;
    if (!source || bounds.width === 0) return;
    const k = scale();
    const clampTo = (value: number, most: number) => Math.max(0, Math.min(most, value));
    const x = clampTo((event.clientX - bounds.left) / k, source.width);
    const y = clampTo((event.clientY - bounds.top) / k, source.height);
    const size = viewer.size();
    const at = viewer.imageToScreen(imagePoint(x, y));
    viewer.panBy(at.x - size.width / 2, at.y - size.height / 2);
  }

  const { signal } = abort;
  canvas.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      go(event);
    },
    { signal },
  );
  canvas.addEventListener("pointermove", (event) => canvas.hasPointerCapture(event.pointerId) && go(event), {
    signal,
  });

  const stops = [
    viewer.on("camera", schedule),
    viewer.on("ready", read),
    viewer.on("plane", read),
    viewer.on("channels", () => {
      read();
      colour();
    }),
  ];
  read();
  schedule();

  return {
    setOthers(views) {
      others = views;
      schedule();
    },
    destroy() {
      abort.abort();
      reading?.abort();
      cancelAnimationFrame(due);
      for (const stop of stops) stop();
      canvas.remove();
    },
  };
}
