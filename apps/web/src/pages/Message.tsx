import { Button } from "../ui/Button.tsx";
import { Logo } from "../ui/Logo.tsx";

interface MessageProps {
  title: string;
  text: string;
  action?: { label: string; run: () => void };
  link?: { label: string; href: string };
}

/** A page that has only something to say, and the next step. */
export function Message({ title, text, action, link }: MessageProps) {
  return (
    <main className="centred">
      <section className="card" role="alert">
        <Logo size={28} />
        <h1 className="card-title">{title}</h1>
        <p className="card-text">{text}</p>
        <div className="card-actions">
          {action ? (
            <Button tone="primary" onClick={action.run}>
              {action.label}
            </Button>
          ) : null}
          {link ? (
            <a className="button button-plain" href={link.href}>
              {link.label}
            </a>
          ) : null}
        </div>
      </section>
    </main>
  );
}
