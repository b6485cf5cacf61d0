/** Chosen by whoever adds it; never used again after removal. */
export type AnnotationId = string;
export type LayerId = string;
export type ClassId = string;
export type UserId = string;

const ID = /^[A-Za-z0-9_-]{1,40}$/;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ID_LENGTH = 16;

/** Whether a value may be an id of an annotation, class, user, image or layer. */
export const isId = (value: unknown): value is string =>
  typeof value === "string" && ID.test(value) && value !== "__proto__";

// biome-ignore lint/suspicious/noControlCharactersInRegex: keeping them out is the point
const ATTRIBUTE_NAME = /^[^/\u0000-\u001f]{1,64}$/;

/** 1 to 64 characters, no `/`, no control characters; not `__proto__`. */
export const isAttributeName = (value: unknown): value is string =>
  typeof value === "string" && ATTRIBUTE_NAME.test(value) && value !== "__proto__";

/**
 * 16 letters and digits, 95 random bits. Uses only crypto.getRandomValues: crypto.randomUUID is missing on plain
 * http pages.
 */
export function newAnnotationId(): AnnotationId {
  let id = "";
  while (id.length < ID_LENGTH) {
    for (const byte of crypto.getRandomValues(new Uint8Array(ID_LENGTH))) {
      // 62 letters in 64 values: the last two are drawn again, so that each letter is as likely.
      const letter = LETTERS[byte & 63];
      if (letter !== undefined && id.length < ID_LENGTH) id += letter;
    }
  }
  return id;
}
