const ANIMALS = [
  "Otter",
  "Heron",
  "Lynx",
  "Wren",
  "Gecko",
  "Newt",
  "Puffin",
  "Marten",
  "Ibis",
  "Stoat",
  "Finch",
  "Tapir",
  "Loris",
  "Quokka",
  "Shrew",
  "Tern",
  "Vole",
  "Plover",
  "Okapi",
  "Numbat",
];

/** A name for who does not want to think of one. `random` gives [0, 1). */
export function guestName(random: () => number = Math.random): string {
  return `Guest ${ANIMALS[Math.floor(random() * ANIMALS.length)]!}`;
}
