import type { ComponentProps } from "react";
import { type Side, Tip } from "./Tip.tsx";

interface IconButtonProps extends Omit<ComponentProps<"button">, "aria-label"> {
  /** The accessible name, and the tip unless `tip` says more. */
  label: string;
  tip?: string;
  keys?: readonly string[] | undefined;
  side?: Side;
  /** Makes it a toggle. */
  pressed?: boolean;
  small?: boolean;
}

/** An icon with a name. Further props, and so Base UI triggers, reach the button itself. */
export function IconButton({
  label,
  tip,
  keys,
  side,
  pressed,
  small = false,
  className,
  ...rest
}: IconButtonProps) {
  const classes = ["icon-button", small ? "icon-button-small" : "", className ?? ""]
    .filter(Boolean)
    .join(" ");
  return (
    <Tip label={tip ?? label} keys={keys} {...(side ? { side } : {})}>
      <button
        type="button"
        aria-label={label}
        {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
        className={classes}
        {...rest}
      />
    </Tip>
  );
}
