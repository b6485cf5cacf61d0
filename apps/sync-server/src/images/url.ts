import { ServerError } from "../errors.ts";

/**
 * Checks an address that came from a page: http(s), or a path of this site that serves pixels. Never a path of
 * the disk. Returns it normalised; throws ServerError "bad-request".
 */
export function checkImageUrl(text: string): string {
  const trimmed = text.trim();
  if (/^\/(data|demo)\//.test(trimmed)) {
    const url = new URL(trimmed, "http://site.invalid");
    // The parser resolves `..`, so what is left may have walked out.
    if (url.host === "site.invalid" && /^\/(data|demo)\//.test(url.pathname))
      return url.pathname + url.search;
  }
  if (/^https?:\/\//i.test(trimmed)) {
    try {
      const url = new URL(trimmed);
      if (url.username === "" && url.password === "") return url.href;
    } catch {
      // falls through to the refusal
    }
  }
  throw new ServerError(
    "bad-request",
    `"${trimmed.slice(0, 200)}" is not an address of an image on the web.`,
    {
      next: "Give an http:// or https:// address without a password. Folders of the server's disk are added with --images DIR or `npm run coscope -- import`.",
    },
  );
}
