const KEY = "coscope.uploads";

/** Whether something was on its way when the page was last open: only then is the server asked. */
export function hadUploads(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}

export function rememberUploads(some: boolean): void {
  try {
    if (some) localStorage.setItem(KEY, "1");
    else localStorage.removeItem(KEY);
  } catch {
    // No storage in this browser: an upload then begins anew after a reload.
  }
}
