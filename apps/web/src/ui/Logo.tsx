/** Two lenses on the same place. */
export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" className="logo">
      <circle cx="9" cy="12" r="6.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <circle cx="15" cy="12" r="6.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path className="logo-overlap" d="M12 5.95a6.75 6.75 0 0 1 0 12.1a6.75 6.75 0 0 1 0-12.1z" />
    </svg>
  );
}
