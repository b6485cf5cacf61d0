import type { Tool } from "../tool.ts";
import type { InHand } from "./in-hand.ts";
import type { Review } from "./review.ts";

/** The keys of the tool: for the object in hand, else for the suggestion that is looked at. */
export function toolKeys(inHand: InHand, review: Review): Tool["key"] {
  return (key) => {
    const { object } = inHand;
    const { current } = review;
    switch (key) {
      case "Enter":
      case "Again":
        if (object) void inHand.accept();
        else if (current) review.settle(current, true);
        else return false;
        return true;
      case "Backspace":
      case "Delete":
        if (object) inHand.takeBack();
        else if (current) review.settle(current, false);
        else return false;
        return true;
      case "Tab":
        return object?.next() ?? false;
      case "Next":
      case "Previous":
        if (!review.open || object) return false;
        review.step(key === "Next" ? 1 : -1);
        return true;
      default:
        return false;
    }
  };
}
