import {
  boxBetween,
  CLICK_TOLERANCE_CSS,
  distanceCss,
  type ToolHost,
  type ToolPointer,
  type XY,
} from "../tool.ts";
import type { Hover } from "./hover.ts";
import type { InHand } from "./in-hand.ts";

/** The button, from going down until it is let go: a click, or a box. */
export interface Press {
  readonly down: boolean;
  pointer(event: ToolPointer): void;
  /** Nothing comes of it. */
  end(): void;
}

export function createPress(host: ToolHost, inHand: InHand, hover: Pick<Hover, "at" | "hold">): Press {
  let press: { readonly image: XY; readonly screen: XY; readonly alt: boolean; drag: boolean } | null = null;

  function end(): void {
    press = null;
    inHand.forgo();
    host.marquee(null);
  }

  return {
    get down() {
      return press !== null;
    },
    end,
    pointer(event) {
      switch (event.type) {
        case "down":
          event.capture();
          press = { image: event.image, screen: event.screen, alt: event.alt, drag: false };
          hover.hold(event.image);
          inHand.foresee(event.image, !event.alt);
          break;
        case "move":
          if (!press) return;
          if (!press.drag && distanceCss(press.screen, event.screen) > CLICK_TOLERANCE_CSS) {
            press.drag = true;
            inHand.forgo();
            hover.at(null);
          }
          if (press.drag) host.marquee(boxBetween(press.image, event.image));
          break;
        case "up": {
          const ended = press;
          press = null;
          host.marquee(null);
          if (ended?.drag) inHand.box(boxBetween(ended.image, event.image));
          else if (ended) inHand.click(ended.image, !ended.alt);
          break;
        }
        case "cancel":
          end();
          break;
      }
    },
  };
}
