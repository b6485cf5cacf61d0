import { useEffect, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { shapePop } from "../keys/shape-pop.ts";
import type { VertexCount } from "../state/selection-actions.ts";
import { Button } from "../ui/Button.tsx";
import { NumberInput } from "../ui/NumberInput.tsx";
import { Pop } from "../ui/Pop.tsx";
import { formatCount } from "./format.ts";
import { useWorkspace } from "./workspace-context.ts";
import "../styles/shape-pop.css";

type How = "simplify" | "expand";

const TITLE: { readonly [Of in How]: string } = { simplify: "Simplify", expand: "Expand or shrink" };
const LABEL: { readonly [Of in How]: string } = {
  simplify: "Greatest distance to the old outline",
  expand: "Distance, below 0 to shrink",
};
/** What is first tried, as seen on screen: CSS px. */
const FIRST_CSS: { readonly [Of in How]: number } = { simplify: 2, expand: 5 };

/** Asks how far an outline may move, and shows what comes of it before it is done. */
export function ShapePop() {
  const how = useStore(shapePop);
  return (
    <Pop
      open={how !== null}
      onOpenChange={(open) => open || shapePop.set(null)}
      anchor={cornerOfImage}
      side="top"
      title={how ? TITLE[how] : ""}
      className="shape-pop"
    >
      {how ? <Form key={how} how={how} /> : null}
    </Pop>
  );
}

/** Bottom left of the image, above the table where that is open: there it covers neither tools nor rows. */
function cornerOfImage(): Pick<Element, "getBoundingClientRect"> | null {
  const canvas = document.querySelector(".canvas");
  if (!canvas) return null;
  return {
    getBoundingClientRect() {
      const { left, bottom } = canvas.getBoundingClientRect();
      return new DOMRect(left + 12, bottom, 0, 0);
    },
  };
}

function Form({ how }: { how: How }) {
  const { actions, selected, source, camera } = useWorkspace();
  const calibration = useStore(source, (image) => image?.calibration ?? null);
  const objects = useStore(selected);
  const perPx = calibration ? calibration.x : 1;
  const unit = calibration ? "µm" : "px";
  const [value, setValue] = useState(() => rounded((FIRST_CSS[how] / camera.get().zoom) * perPx));
  const [count, setCount] = useState<VertexCount | null>(null);
  const px = value / perPx;

  // Anew with every value, and when a colleague changes what is selected.
  useEffect(() => {
    let stale = objects.length === 0;
    void actions.tryShape(how, px).then((found) => stale || setCount(found));
    return () => {
      stale = true;
    };
  }, [actions, how, px, objects]);
  useEffect(() => actions.endTrying, [actions]);

  function keep(): void {
    shapePop.set(null);
    void (how === "simplify" ? actions.simplifySelection(px) : actions.expandSelection(px));
  }

  return (
    <form
      // The step is for the arrow keys: browsers would refuse what lies between two of them.
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        keep();
      }}
    >
      <div className="shape-pop-row">
        <span>{LABEL[how]}</span>
        <NumberInput
          label={`${LABEL[how]}, ${unit}`}
          value={value}
          {...(how === "simplify" ? { min: 0 } : {})}
          step={rounded(perPx / camera.get().zoom)}
          digits={4}
          onChange={setValue}
        />
        <span>{unit}</span>
      </div>
      <p className="pop-text numbers" role="status">
        {count
          ? `${formatCount(count.before)} → ${formatCount(count.after)} corners`
          : "No preview for so many"}
      </p>
      <div className="pop-actions">
        <Button small tone="quiet" onClick={() => shapePop.set(null)}>
          Cancel
        </Button>
        <Button small tone="primary" type="submit">
          {TITLE[how]}
        </Button>
      </div>
    </form>
  );
}

/** Two significant digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}
