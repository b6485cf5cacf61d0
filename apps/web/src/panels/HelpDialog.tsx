import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { helpOpen } from "../keys/help.ts";
import { currentKeys } from "../keys/own-keys.ts";
import { Button } from "../ui/Button.tsx";
import { Keys } from "../ui/Keys.tsx";
import { helpGroups } from "./help-rows.ts";
import { KeyEditor } from "./KeyEditor.tsx";

/** Every key, by what it is for. */
export function HelpDialog() {
  const open = useStore(helpOpen);
  const table = useStore(currentKeys);
  const [changing, setChanging] = useState(false);
  return (
    <Dialog.Root
      open={open}
      onOpenChange={(next) => {
        helpOpen.set(next);
        setChanging(false);
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <div className="dialog-head">
            <Dialog.Title className="dialog-title">Keys</Dialog.Title>
            <Button className="help-change" aria-pressed={changing} onClick={() => setChanging(!changing)}>
              {changing ? "Done" : "Change keys"}
            </Button>
            {/* Without a tip: it has focus first, and Esc would close the tip instead of the dialog. */}
            <Dialog.Close className="icon-button" aria-label="Close">
              <X size={17} aria-hidden />
            </Dialog.Close>
          </div>
          {changing ? (
            <div className="dialog-body">
              <KeyEditor />
            </div>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls by keyboard
            <section className="dialog-body help-columns" aria-label="Keys by group" tabIndex={0}>
              {helpGroups(table).map(({ group, rows }) => (
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
                  <MouseRow what="What can be done here" how="Right click" />
                  <MouseRow what="Zoom, move with touch" how="Two fingers" />
                  <MouseRow what="Follow a colleague" how="Click their initials" />
                </dl>
              </section>
            </section>
          )}
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
