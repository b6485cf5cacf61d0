/** What went wrong with what a person just did; nothing while the text is empty. */
export function Problem({ text }: { text: string }) {
  if (text === "") return null;
  return (
    <p className="problem" role="alert">
      {text}
    </p>
  );
}
