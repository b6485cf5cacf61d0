/**
 * How well a text answers what was typed; null where it does not. Every word typed must be found: at the start of a
 * word, inside one, or letter by letter in order. Higher is better.
 */
export function fuzzyScore(typed: string, text: string): number | null {
  const words = fold(typed).split(/\s+/).filter(Boolean);
  const within = fold(text);
  let total = 0;
  for (const word of words) {
    const score = wordScore(word, within);
    if (score === null) return null;
    total += score;
  }
  // Of equal finds the shorter text is meant.
  return total - within.length / 1000;
}

/** The ones that answer, best first; those that answer equally well keep their order. */
export function ranked<T>(
  items: readonly T[],
  typed: string,
  textOf: (item: T) => string,
  bonus: (item: T) => number = () => 0,
): T[] {
  return items
    .flatMap((item) => {
      const score = fuzzyScore(typed, textOf(item));
      return score === null ? [] : [{ item, score: score + bonus(item) }];
    })
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item);
}

const fold = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();

function wordScore(word: string, text: string): number | null {
  const at = text.indexOf(word);
  if (at === 0) return 10;
  if (startsWord(text, word)) return 8;
  if (at > 0) return 5;
  return inOrder(word, text);
}

function startsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1))
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]!)) return true;
  return false;
}

/** Letters in order: starts of words and neighbours count more. */
function inOrder(word: string, text: string): number | null {
  let from = 0;
  let score = 0;
  for (const letter of word) {
    const at = text.indexOf(letter, from);
    if (at === -1) return null;
    const begins = at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]!);
    if (begins || (at === from && from > 0)) score += 1;
    from = at + 1;
  }
  return (3 * score) / word.length;
}
