import { type ReactNode, useId } from "react";

interface PanelSectionProps {
  title: string;
  /** Stands at the right of the title. */
  action?: ReactNode;
  children: ReactNode;
}

export function PanelSection({ title, action, children }: PanelSectionProps) {
  const id = useId();
  return (
    <section className="panel-section" aria-labelledby={id}>
      <div className="panel-section-head">
        <h2 id={id}>{title}</h2>
        <div className="panel-section-actions">{action}</div>
      </div>
      {children}
    </section>
  );
}
