/** Something is under way. Appears late, so that what is quick never flashes; `label` says what. */
export function Spinner({ label, size = 16 }: { label: string; size?: number }) {
  return (
    <span className="spinner" role="img" aria-label={label} style={{ width: size, height: size }}>
      <span className="spinner-ring" />
    </span>
  );
}
