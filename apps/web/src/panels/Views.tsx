import { Bookmark } from "lucide-react";
import { lazy, Suspense } from "react";
import { useStore } from "../hooks/use-store.ts";
import { viewsOpen } from "../keys/views-open.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";
import { keysOf } from "./key-labels.ts";
import { loadViews } from "./later.ts";

const ViewsList = lazy(async () => ({ default: (await loadViews()).ViewsList }));

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
      <Boundary
        fallback={() => <p className="pop-text">This did not load. Reloading the page loses nothing.</p>}
      >
        <Suspense>
          <ViewsList />
        </Suspense>
      </Boundary>
    </Pop>
  );
}
