import type { ComponentProps } from "react";

interface ButtonProps extends ComponentProps<"button"> {
  tone?: "primary" | "plain" | "quiet" | "danger";
  small?: boolean;
}

export function Button({ tone = "plain", small = false, className, type = "button", ...rest }: ButtonProps) {
  const classes = ["button", `button-${tone}`, small ? "button-small" : "", className ?? ""];
  return <button type={type} className={classes.filter(Boolean).join(" ")} {...rest} />;
}
