import { type Affine, applyAffine } from "../camera/transform.ts";

export interface CursorMark {
  readonly id: string;
  /** Image px. */
  readonly x: number;
  readonly y: number;
  readonly name: string;
  /** 0xRRGGBB */
  readonly color: number;
  readonly tool?: string;
  readonly pressed?: boolean;
  /** Has not moved for a while: shown faintly. */
  readonly idle?: boolean;
}

interface Element {
  readonly root: HTMLElement;
  readonly arrow: SVGElement;
  readonly label: HTMLElement;
  mark: CursorMark | null;
}

const SVG = "http://www.w3.org/2000/svg";

const hex = (color: number): string => `#${color.toString(16).padStart(6, "0")}`;

/** White or near-black, whichever is easier to read on a colour. */
function inkOn(color: number): string {
  const part = (shift: number) => (((color >> shift) & 255) / 255) ** 2.2;
  const luminance = 0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0);
  // Both have the same contrast (WCAG) on a luminance of 0.19.
  return luminance > 0.19 ? "#14161a" : "#ffffff";
}

function createElement(): Element {
  const root = document.createElement("div");
  Object.assign(root.style, {
    position: "absolute",
    left: "0",
    top: "0",
    willChange: "transform",
  });
  const arrow = document.createElementNS(SVG, "svg");
  arrow.setAttribute("width", "18");
  arrow.setAttribute("height", "20");
  arrow.setAttribute("viewBox", "0 0 18 20");
  Object.assign(arrow.style, {
    display: "block",
    transformOrigin: "1px 1px",
    transition: "opacity 150ms linear",
    filter: "drop-shadow(0 1px 2px rgb(0 0 0 / 0.45))",
  });
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", "M1.2 1.2 L15.6 10.2 L8.9 11.4 L5.6 17.8 Z");
  path.setAttribute("stroke", "#fff");
  path.setAttribute("stroke-width", "1.4");
  path.setAttribute("stroke-linejoin", "round");
  arrow.append(path);
  const label = document.createElement("div");
  Object.assign(label.style, {
    position: "absolute",
    left: "14px",
    top: "17px",
    padding: "2px 7px 3px",
    borderRadius: "4px 9px 9px 9px",
    font: "500 12px/1.25 system-ui, sans-serif",
    whiteSpace: "nowrap",
    maxWidth: "160px",
    overflow: "hidden",
    textOverflow: "ellipsis",
    boxShadow: "0 1px 3px rgb(0 0 0 / 0.35)",
  });
  root.append(arrow, label);
  return { root, arrow, label, mark: null };
}

/** Colleagues' cursors: one element each, moved by transform only. */
export class CursorLayer {
  readonly #container: HTMLElement;
  readonly #elements = new Map<string, Element>();

  constructor(container: HTMLElement) {
    this.#container = container;
  }

  set(marks: readonly CursorMark[], matrix: Affine): void {
    const present = new Set(marks.map((mark) => mark.id));
    for (const [id, element] of this.#elements) {
      if (present.has(id)) continue;
      element.root.remove();
      this.#elements.delete(id);
    }
    for (const mark of marks) {
      let element = this.#elements.get(mark.id);
      if (!element) {
        element = createElement();
        this.#elements.set(mark.id, element);
        this.#container.append(element.root);
      }
      this.#dress(element, mark);
    }
    this.place(matrix);
  }

  #dress(element: Element, mark: CursorMark): void {
    const { mark: before, label, arrow } = element;
    element.mark = mark;
    if (before?.name !== mark.name) label.textContent = mark.name;
    if (before?.color !== mark.color) {
      const color = hex(mark.color);
      arrow.firstElementChild!.setAttribute("fill", color);
      label.style.background = color;
      label.style.color = inkOn(mark.color);
    }
    if (before?.pressed !== mark.pressed) arrow.style.transform = mark.pressed ? "scale(0.85)" : "";
    if (before?.idle !== mark.idle) {
      arrow.style.opacity = mark.idle ? "0.35" : "1";
      // A faded name could not be read.
      label.style.visibility = mark.idle ? "hidden" : "visible";
    }
  }

  /** Call whenever the camera moved. */
  place(matrix: Affine): void {
    for (const { root, mark } of this.#elements.values()) {
      if (!mark) continue;
      const { x, y } = applyAffine(matrix, mark.x, mark.y);
      root.style.transform = `translate(${(x - 1).toFixed(1)}px, ${(y - 1).toFixed(1)}px)`;
    }
  }
}
