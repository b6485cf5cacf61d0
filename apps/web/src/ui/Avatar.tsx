import { textOn } from "./color.ts";
import { initialsOf } from "./initials.ts";

interface AvatarProps {
  name: string;
  /** `#rrggbb` */
  color: string;
  size?: number;
  idle?: boolean;
}

/** A person as a disc in their colour. Says nothing by itself: what holds it carries the name. */
export function Avatar({ name, color, size = 26, idle = false }: AvatarProps) {
  return (
    <span
      className="avatar"
      data-idle={idle || undefined}
      aria-hidden
      // Drawn by the style sheet: initials are a picture, not text that a name would have to contain.
      data-initials={initialsOf(name)}
      style={{ background: color, color: textOn(color), width: size, height: size, fontSize: size * 0.42 }}
    />
  );
}
