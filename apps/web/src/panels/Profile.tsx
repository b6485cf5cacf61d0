import { useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import type { User } from "../state/rows.ts";
import { ColorField } from "../ui/ColorField.tsx";
import { peoplePalette } from "../ui/color.ts";
import { type Theme, theme } from "../ui/theme.ts";

interface ProfileProps {
  user: User;
  onChange: (change: { name?: string; color?: string }) => void;
}

/** One's own name, colour and theme. */
export function Profile({ user, onChange }: ProfileProps) {
  const [name, setName] = useState(user.name);
  const keepName = () => {
    const trimmed = name.trim();
    if (trimmed === "") setName(user.name);
    else if (trimmed !== user.name) onChange({ name: trimmed });
  };
  return (
    <>
      <div className="pop-section">
        <label className="label" htmlFor="profile-name">
          Your name
        </label>
        <input
          id="profile-name"
          className="field"
          value={name}
          maxLength={40}
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
          onBlur={keepName}
          onKeyDown={(event) => event.key === "Enter" && keepName()}
        />
        <div className="profile-color">
          <ColorField
            value={user.color}
            palette={peoplePalette}
            label="Your colour"
            custom={false}
            onChange={(color) => onChange({ color })}
          />
        </div>
      </div>
      <ThemeChoice />
    </>
  );
}

const themes: readonly { id: Theme; label: string }[] = [
  { id: "system", label: "As computer" },
  { id: "dark", label: "Dark" },
  { id: "light", label: "Light" },
];

function ThemeChoice() {
  const choice = useStore(theme);
  return (
    <fieldset className="pop-section segments-field">
      <legend className="label">Appearance</legend>
      <div className="segments">
        {themes.map(({ id, label }) => (
          <label key={id} className="segment">
            <input
              type="radio"
              name="theme"
              className="visually-hidden"
              checked={choice === id}
              onChange={() => theme.set(id)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
