import { type SubmitEvent, useState } from "react";
import { errorSentence, isApiError } from "../api/index.ts";
import { knownPerson, startGuestSession } from "../session/guest.ts";
import type { User } from "../state/rows.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { Button } from "../ui/Button.tsx";
import { ColorField } from "../ui/ColorField.tsx";
import { peoplePalette } from "../ui/color.ts";
import { Logo } from "../ui/Logo.tsx";
import { api } from "./boot.ts";
import { guestName } from "./guest-name.ts";

/** A name and a colour, asked once per browser. Enter starts, with a name or without. */
export function WelcomePage({ onStart }: { onStart: (user: User) => void }) {
  const [suggestion] = useState(() => guestName());
  const [name, setName] = useState(() => knownPerson()?.name ?? "");
  const [color, setColor] = useState(() => knownPerson()?.color ?? randomColor());
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const shown = name.trim() || suggestion;

  const start = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      onStart(await startGuestSession(api, { name: shown, color }));
    } catch (error) {
      setProblem(
        isApiError(error, "join-key-required")
          ? "You need an invitation to get in. Ask a colleague for the join link of this server and open it."
          : errorSentence(error),
      );
      setBusy(false);
    }
  };

  return (
    <main className="centred">
      <form className="card welcome" onSubmit={start}>
        <div className="welcome-head">
          <Logo size={28} />
          <h1 className="card-title">Welcome to Coscope</h1>
        </div>
        <p className="card-text">Colleagues see your name and colour beside your cursor.</p>
        <div className="welcome-person">
          <Avatar name={shown} color={color} size={44} />
          <div className="welcome-name">
            <label className="label" htmlFor="welcome-name">
              Your name
            </label>
            <input
              id="welcome-name"
              className="field"
              value={name}
              placeholder={suggestion}
              maxLength={40}
              autoComplete="nickname"
              spellCheck={false}
              // biome-ignore lint/a11y/noAutofocus: the only question of the page
              autoFocus
              aria-describedby={problem ? "welcome-problem" : undefined}
              onChange={(event) => setName(event.target.value)}
            />
          </div>
        </div>
        <ColorField
          value={color}
          palette={peoplePalette}
          label="Your colour"
          custom={false}
          onChange={setColor}
        />
        {problem ? (
          <p className="problem" role="alert" id="welcome-problem">
            {problem}
          </p>
        ) : null}
        <Button tone="primary" type="submit" disabled={busy} className="welcome-start">
          Start
        </Button>
      </form>
    </main>
  );
}

function randomColor(): string {
  return peoplePalette[Math.floor(Math.random() * peoplePalette.length)]!.value;
}
