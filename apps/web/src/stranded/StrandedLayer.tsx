import { type ComponentType, useEffect, useState } from "react";
import type { User } from "../state/rows.ts";
import { hasWorkOfOthers } from "./others-left.ts";

const LOOK_EVERY_MS = 15_000;

type Card = ComponentType<{ user: User }>;

/** What somebody else left unsent in this browser. What it takes to show it loads once there is any. */
export function StrandedLayer({ user }: { user: User }) {
  const [Card, setCard] = useState<Card | null>(null);
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      const found = await loadIfNeeded(user.id);
      if (gone) return;
      if (found) setCard(() => found);
      // A tab that has somebody else's work may end at any time; the server may be away.
      else timer = setTimeout(() => void look(), LOOK_EVERY_MS);
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [user.id]);
  return Card && <Card user={user} />;
}

async function loadIfNeeded(userId: string): Promise<Card | null> {
  try {
    return (await hasWorkOfOthers(userId)) ? (await import("./StrandedCard.tsx")).StrandedCard : null;
  } catch {
    return null;
  }
}
