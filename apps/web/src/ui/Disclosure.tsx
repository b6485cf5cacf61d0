import { Collapsible } from "@base-ui/react/collapsible";
import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";

interface DisclosureProps {
  title: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  children: ReactNode;
}

/** What is seldom needed, behind its name. */
export function Disclosure({ title, open, onOpenChange, children }: DisclosureProps) {
  return (
    <Collapsible.Root className="disclosure" open={open} onOpenChange={(next) => onOpenChange(next)}>
      <Collapsible.Trigger className="disclosure-head">
        <ChevronRight size={14} aria-hidden className="disclosure-arrow" />
        {title}
      </Collapsible.Trigger>
      <Collapsible.Panel className="disclosure-body">{children}</Collapsible.Panel>
    </Collapsible.Root>
  );
}
