const broken = new Set<HTMLLinkElement>();

addEventListener(
  "error",
  ({ target }) => {
    if (target instanceof HTMLLinkElement && target.rel === "stylesheet") broken.add(target);
  },
  // Such an event does not bubble.
  { capture: true },
);

/**
 * Asks again for the styles that did not load. What Vite puts around `import()` asks for each once in the life of the
 * page: a second try would have the code without its looks.
 */
export async function mendStylesheets(): Promise<void> {
  await Promise.all([...broken].map(mend));
}

function mend(link: HTMLLinkElement): Promise<void> {
  broken.delete(link);
  const fresh = link.cloneNode() as HTMLLinkElement;
  return new Promise((resolve, reject) => {
    fresh.addEventListener("load", () => resolve());
    fresh.addEventListener("error", () => reject(new Error(`${fresh.href} did not load`)));
    link.replaceWith(fresh);
  });
}
