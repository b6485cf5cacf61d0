import { type ImagePoint, type ScreenPoint, screenPoint } from "@coscope/annotations/geometry";
import { Palms } from "./palms.ts";
import { Pinch } from "./pinch.ts";

export interface TrailPoint {
  readonly image: ImagePoint;
  readonly screen: ScreenPoint;
  readonly pressure: number;
}

export interface PointerInfo {
  readonly type: "down" | "move" | "up" | "cancel" | "double" | "hover" | "leave" | "context";
  readonly image: ImagePoint;
  /** CSS px from the canvas's top-left corner. */
  readonly screen: ScreenPoint;
  readonly button: number;
  readonly buttons: number;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
  readonly pointerType: string;
  readonly pressure: number;
  readonly pointerId: number;
  /** Of a "move": every place the pointer was since the last one, this one at the end. Costs only when asked. */
  trail(): readonly TrailPoint[];
  /** On "down": this gesture is the tool's, and neither pans nor zooms. */
  capture(): void;
}

export interface PointerHost {
  readonly element: HTMLElement;
  /** Where gestures show their cursor: above everything the page styles. */
  readonly surface: HTMLElement;
  screenToImage(point: ScreenPoint): ImagePoint;
  emit(info: PointerInfo): void;
  zoomBy(factor: number, at: ScreenPoint): void;
  panBy(dx: number, dy: number): void;
  /** The wheel with Shift held: the page's, for the size of what is in hand. */
  shiftWheel(px: number): void;
}

const DOUBLE_MS = 350;
const DOUBLE_PX = { mouse: 6, pen: 10, touch: 24 } as const;
/** Wheel px for a doubling: about three notches of a mouse wheel. */
const WHEEL_PX_PER_DOUBLING = 300;
/** Trackpads report a pinch as a wheel with Ctrl, in smaller steps. */
const PINCH_PX_PER_DOUBLING = 90;
const PX_PER_LINE = 40;
const MAC = typeof navigator !== "undefined" && /Mac/.test(navigator.platform);

/** `PointerEvent.buttons` while the right one alone is held. */
const RIGHT_BUTTON = 2;

/** The right button, or what a Mac takes for it: it opens a menu and neither draws nor pans. */
function isMenuPress({ button, ctrlKey, pointerType }: PointerEvent): boolean {
  return button === 2 || (button === 0 && ctrlKey && pointerType === "mouse" && MAC);
}

/**
 * Decides who gets a pointer: a tool that captured it, or the picture, which
 * then pans. Listens before OpenSeadragon does, and lets through what is its.
 */
export class PointerRouter {
  readonly #host: PointerHost;
  readonly #abort = new AbortController();
  #captured: number | null = null;
  #panning: { id: number; x: number; y: number } | null = null;
  #space = false;
  readonly #palms = new Palms();
  readonly #pinch: Pinch;
  #lastDown: { at: number; x: number; y: number } | null = null;
  #double = false;

  constructor(host: PointerHost) {
    this.#host = host;
    this.#pinch = new Pinch(host);
    const { element } = host;
    const { signal } = this.#abort;
    const options = { capture: true, signal };
    element.addEventListener("pointerdown", this.#down, options);
    element.addEventListener("pointermove", this.#move, options);
    element.addEventListener("pointerup", this.#up, options);
    element.addEventListener("pointercancel", this.#cancel, options);
    element.addEventListener("pointerleave", (event) => this.#send("leave", event), { signal });
    element.addEventListener("contextmenu", this.#context, options);
    element.addEventListener("wheel", this.#wheel, { ...options, passive: false });
    // Middle click would otherwise start autoscroll on some systems.
    element.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault(), options);
    window.addEventListener("keydown", this.#key, { signal });
    window.addEventListener("keyup", this.#key, { signal });
    window.addEventListener("blur", () => this.#setSpace(false), { signal });
  }

  destroy(): void {
    this.#abort.abort();
  }

  #screen(event: MouseEvent): ScreenPoint {
    const box = this.#host.element.getBoundingClientRect();
    return screenPoint(event.clientX - box.left, event.clientY - box.top);
  }

  #send(type: PointerInfo["type"], event: PointerEvent | MouseEvent): void {
    const screen = this.#screen(event);
    const pointer = event instanceof PointerEvent ? event : null;
    const pointerId = pointer?.pointerId ?? -1;
    this.#host.emit({
      type,
      image: this.#host.screenToImage(screen),
      screen,
      button: event.button,
      buttons: event.buttons,
      shift: event.shiftKey,
      alt: event.altKey,
      ctrl: event.ctrlKey,
      meta: event.metaKey,
      pointerType: pointer?.pointerType ?? "mouse",
      pressure: pointer?.pressure ?? 0,
      pointerId,
      trail: () => this.#trail(pointer, screen),
      capture: () => {
        if (type === "down") this.#captured = pointerId;
      },
    });
  }

  /** Pens and fast mice report more often than the screen shows. */
  #trail(event: PointerEvent | null, screen: ScreenPoint): TrailPoint[] {
    const between = event?.type === "pointermove" ? (event.getCoalescedEvents?.() ?? []) : [];
    if (between.length < 2) {
      return [{ image: this.#host.screenToImage(screen), screen, pressure: event?.pressure ?? 0 }];
    }
    return between.map((one) => {
      const at = this.#screen(one);
      return { image: this.#host.screenToImage(at), screen: at, pressure: one.pressure };
    });
  }

  /** Buttons and fields that the page laid over the canvas keep their events. */
  #foreign(event: Event): boolean {
    return event.target instanceof Element && event.target.closest("[data-viewer-ignore]") !== null;
  }

  readonly #down = (event: PointerEvent) => {
    if (this.#foreign(event)) return;
    if (event.pointerType === "pen") this.#penDown(event);
    if (this.#palms.begins(event) || isMenuPress(event)) {
      event.stopPropagation();
      return;
    }
    if (event.pointerType === "touch") this.#pinch.down(event.pointerId, this.#screen(event));
    if (this.#captured !== null && this.#pinch.touches.size === 2) {
      // A second finger while a tool has the first: this is a pinch after all.
      this.#release(event);
      this.#pinch.start();
      event.stopPropagation();
      return;
    }
    if (this.#captured !== null || this.#pinch.active) {
      event.stopPropagation();
      return;
    }
    if (event.button === 1) {
      event.preventDefault();
      event.stopPropagation();
      this.#panning = { id: event.pointerId, x: event.clientX, y: event.clientY };
      this.#host.element.setPointerCapture(event.pointerId);
      this.#showCursor();
      return;
    }
    // With Space held OpenSeadragon pans, whatever the tool.
    if (this.#space && event.button === 0) return this.#showCursor("grabbing");
    this.#noteDouble(event);
    this.#send("down", event);
    if (this.#captured !== event.pointerId) return;
    event.stopPropagation();
    try {
      this.#host.element.setPointerCapture(event.pointerId);
    } catch {
      // The pointer may be gone already; its events still come here while it is over the canvas.
    }
  };

  /** A pen always draws: what fingers had begun was the hand's. */
  #penDown(event: PointerEvent): void {
    this.#palms.pen(event, true);
    const { touches } = this.#pinch;
    for (const id of touches.keys()) this.#palms.add(id);
    if (this.#captured !== null && touches.has(this.#captured)) this.#release(event);
    this.#pinch.forget();
  }

  #noteDouble(event: PointerEvent): void {
    const reach = DOUBLE_PX[event.pointerType as keyof typeof DOUBLE_PX] ?? DOUBLE_PX.mouse;
    const last = this.#lastDown;
    const near = last && Math.hypot(event.clientX - last.x, event.clientY - last.y) <= reach;
    this.#double = event.button === 0 && !!near && event.timeStamp - last.at < DOUBLE_MS;
    this.#lastDown =
      this.#double || event.button !== 0 ? null : { at: event.timeStamp, x: event.clientX, y: event.clientY };
  }

  readonly #move = (event: PointerEvent) => {
    if (event.pointerType === "pen") this.#palms.pen(event, event.buttons !== 0);
    if (this.#palms.has(event.pointerId)) {
      event.stopPropagation();
      return;
    }
    if (this.#pinch.move(event.pointerId, this.#screen(event))) {
      event.stopPropagation();
      return;
    }
    if (this.#panning?.id === event.pointerId) {
      const { x, y } = this.#panning;
      this.#host.panBy(x - event.clientX, y - event.clientY);
      this.#panning = { id: event.pointerId, x: event.clientX, y: event.clientY };
      event.stopPropagation();
      return;
    }
    if (this.#captured === event.pointerId) event.stopPropagation();
    else if (this.#foreign(event)) return;
    // Dragged with the right button: nobody's.
    if (event.buttons === RIGHT_BUTTON) return;
    this.#send(event.buttons === 0 ? "hover" : "move", event);
  };

  readonly #up = (event: PointerEvent) => {
    if (event.pointerType === "pen") this.#palms.pen(event, false);
    if (this.#palms.ends(event.pointerId) || isMenuPress(event)) {
      event.stopPropagation();
      return;
    }
    if (this.#pinch.up(event.pointerId)) {
      event.stopPropagation();
      return;
    }
    if (this.#panning?.id === event.pointerId) {
      this.#panning = null;
      event.stopPropagation();
      this.#showCursor();
      return;
    }
    this.#showCursor();
    if (this.#captured === event.pointerId) event.stopPropagation();
    else if (this.#foreign(event)) return;
    this.#captured = this.#captured === event.pointerId ? null : this.#captured;
    this.#send("up", event);
    if (this.#double) {
      this.#double = false;
      this.#send("double", event);
    }
  };

  readonly #cancel = (event: PointerEvent) => {
    if (event.pointerType === "pen") this.#palms.pen(event, false);
    if (this.#palms.ends(event.pointerId)) return;
    this.#pinch.up(event.pointerId);
    if (this.#panning?.id === event.pointerId) this.#panning = null;
    if (this.#captured === event.pointerId) this.#release(event);
  };

  #release(event: PointerEvent): void {
    this.#captured = null;
    this.#send("cancel", event);
  }

  readonly #context = (event: MouseEvent) => {
    if (this.#foreign(event)) return;
    event.preventDefault();
    // In the middle of a gesture it is a slip of the finger.
    if (this.#captured === null && !this.#panning && !this.#pinch.active) this.#send("context", event);
  };

  readonly #wheel = (event: WheelEvent) => {
    if (this.#foreign(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? PX_PER_LINE : 1;
    const px = event.deltaY * unit;
    if (event.shiftKey && !event.ctrlKey) {
      // Most systems turn it into a sideways wheel.
      this.#host.shiftWheel((event.deltaY || event.deltaX) * unit);
      return;
    }
    const perDoubling = event.ctrlKey ? PINCH_PX_PER_DOUBLING : WHEEL_PX_PER_DOUBLING;
    this.#host.zoomBy(2 ** Math.max(-1, Math.min(1, -px / perDoubling)), this.#screen(event));
  };

  readonly #key = (event: KeyboardEvent) => {
    if (event.code !== "Space") return;
    const target = event.target as Element | null;
    if (
      event.type === "keydown" &&
      target?.closest?.("input, textarea, select, button, [contenteditable], [role=button]")
    ) {
      return;
    }
    if (event.type === "keydown") event.preventDefault();
    this.#setSpace(event.type === "keydown");
  };

  #setSpace(held: boolean): void {
    if (this.#space === held) return;
    this.#space = held;
    this.#showCursor();
  }

  #showCursor(cursor?: string): void {
    this.#host.surface.style.cursor = cursor ?? (this.#panning ? "grabbing" : this.#space ? "grab" : "");
  }
}
