/** What an image is called that has no name of its own: the last part of its address. */
export function nameOfUrl(url: string, extension: RegExp): string {
  const last = new URL(url).pathname.split("/").filter(Boolean).at(-1) ?? url;
  let name = last;
  try {
    name = decodeURIComponent(last);
  } catch {
    // A stray "%": shown as it is.
  }
  return name.replace(extension, "");
}
