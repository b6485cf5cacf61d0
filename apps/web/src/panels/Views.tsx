import { Bookmark } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { viewsOpen } from "../keys/views-open.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { onDemand, PartBroken } from "../ui/on-demand.tsx";
import { Pop } from "../ui/Pop.tsx";
import { keysOf } from "./key-labels.ts";
import { loadViews } from "./later.ts";

const ViewsList = onDemand(async () => (await loadViews()).ViewsList);

/** The button of the named views and what it opens. */
export function Views() {
  const open = useStore(viewsOpen);
  return (
    <Pop
      title="Views"
      align="end"
      className="views-pop"
      open={open}
      onOpenChange={(next) => viewsOpen.set(next)}
      trigger={
        <IconButton label="Saved views" keys={keysOf("view.saved")}>
          <Bookmark size={16} aria-hidden />
        </IconButton>
      }
    >
      <Boundary fallback={() => <PartBroken />}>
        <ViewsList />
      </Boundary>
    </Pop>
  );
}
