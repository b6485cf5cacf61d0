const WIDTH = 30;
const REDRAW_MS = 100;

/** Progress on stderr: a bar on a terminal, else a line for each quarter. */
export function createProgress(label: string): { update(share: number): void; end(): void } {
  const out = process.stderr;
  let quarter = 0;
  let drawn = 0;
  return {
    update(share) {
      const percent = `${Math.round(share * 100)} %`;
      if (out.isTTY) {
        const now = Date.now();
        if (now - drawn < REDRAW_MS && share < 1) return;
        drawn = now;
        const full = Math.round(share * WIDTH);
        out.write(`\r${label}  ${"█".repeat(full)}${"░".repeat(WIDTH - full)} ${percent}`);
      } else if (share * 4 >= quarter + 1 && share < 1) {
        quarter = Math.floor(share * 4);
        out.write(`${label}: ${percent}\n`);
      }
    },
    end() {
      if (out.isTTY && drawn > 0) out.write("\r\u001b[2K");
    },
  };
}
