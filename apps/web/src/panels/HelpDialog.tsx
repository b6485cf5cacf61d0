import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { helpOpen } from "../keys/help.ts";
import { keyTable } from "../keys/table.ts";
import { Keys } from "../ui/Keys.tsx";
import { helpGroups } from "./help-rows.ts";

const groups = helpGroups(keyTable);

/** Every key, by what it is for. */
export function HelpDialog() {
  const open = useStore(helpOpen);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => helpOpen.set(next)}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <div className="dialog-head">
            <Dialog.Title className="dialog-title">Keys</Dialog.Title>
            {/* Without a tip: it has focus first, and Esc would close the tip instead of the dialog. */}
            <Dialog.Close className="icon-button" aria-label="Close">
              <X size={17} aria-hidden />
            </Dialog.Close>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls by keyboard */}
          <section className="dialog-body help-columns" aria-label="Keys by group" tabIndex={0}>
            {groups.map(({ group, rows }) => (
              <section key={group} className="help-group">
                <h3 className="help-heading">{group}</h3>
                <dl>
                  {rows.map((row) => (
                    <div key={row.id} className="help-row">
                      <dt>{row.label}</dt>
                      <dd>
                        <Keys keys={row.keys} />
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
            <section className="help-group">
              <h3 className="help-heading">Mouse</h3>
              <dl>
                <MouseRow what="Zoom at the pointer" how="Wheel" />
                <MouseRow what="Move the image" how="Middle drag, or Space + drag" />
                <MouseRow what="Add to the selection" how="Shift + click" />
                <MouseRow what="Follow a colleague" how="Click their initials" />
              </dl>
            </section>
          </section>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function MouseRow({ what, how }: { what: string; how: string }) {
  return (
    <div className="help-row">
      <dt>{what}</dt>
      <dd className="help-mouse">{how}</dd>
    </div>
  );
}
