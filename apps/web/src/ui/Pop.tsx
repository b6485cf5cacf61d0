import { Popover } from "@base-ui/react/popover";
import type { ReactElement, ReactNode } from "react";
import type { Side } from "./Tip.tsx";

interface PopProps {
  /** A button; it opens the popover. */
  trigger?: ReactElement;
  /** With `open` the popover is the parent's; without a trigger it needs an anchor. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  anchor?: Element | null | (() => Pick<Element, "getBoundingClientRect"> | null);
  title: string;
  /** The title is always announced; false keeps it from the eye. */
  showTitle?: boolean;
  side?: Side;
  align?: "start" | "center" | "end";
  className?: string;
  children: ReactNode;
}

/** A small panel beside what opened it. Esc or a press elsewhere closes it; focus returns. */
export function Pop(props: PopProps) {
  const { trigger, open, onOpenChange, anchor, title, showTitle = true, className, children } = props;
  return (
    <Popover.Root
      {...(open === undefined ? {} : { open })}
      {...(onOpenChange ? { onOpenChange: (next: boolean) => onOpenChange(next) } : {})}
    >
      {trigger ? <Popover.Trigger render={trigger} /> : null}
      <Popover.Portal>
        <Popover.Positioner
          className="floating-positioner"
          side={props.side ?? "bottom"}
          align={props.align ?? "start"}
          sideOffset={6}
          collisionPadding={8}
          {...(anchor ? { anchor } : {})}
        >
          <Popover.Popup className={`pop ${className ?? ""}`}>
            <Popover.Title className={showTitle ? "pop-title" : "visually-hidden"}>{title}</Popover.Title>
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

export const PopClose = Popover.Close;
