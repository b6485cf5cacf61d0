import type { LutName } from "../source/channels.ts";

/** Entries of a map's texture: tones in between are mixed from two. */
export const LUT_SIZE = 256;

export interface Lut {
  readonly name: LutName;
  readonly label: string;
  /** Six hex digits a colour, at equal distances from tone 0 to tone 1; linear in between. */
  readonly stops: string;
}

// Every fifth entry of matplotlib 3.11's tables (`_cm_listed.py`): viridis, magma, inferno and plasma by N. J. Smith,
// S. van der Walt and E. Firing, CC0; cividis by J. R. Nuñez, C. R. Anderton and R. S. Renslow, under matplotlib's
// licence; turbo by A. Mikhailov (Google), Apache 2.0 (NOTICE). In between they differ from the full tables by at most
// 4 of 255 (cividis), 2 (the others).
const STOPS: Readonly<Record<LutName, string>> = {
  viridis:
    "44015446085c471063481769481d6f482475472a7a46307e453781433d844142873f48893d4e8a3a538b38598c355e8d33638d31688e2e6d8e2c718e2a768e297b8e27808e25848e23898e218e8d20928c1f978b1e9c891fa18821a58524aa8328ae802eb37c35b7793dbc7446c06f50c46a5ac86465cb5e70cf577cd25089d54895d840a2da37b0dd2fbddf26cae11fd8e219e5e419f1e51dfde725",
  magma:
    "00000402020b0504160907200e0b2b140e361a104221114e29115a311165390f6e420f754a107952137c5a167e6219806a1c81721f81792282812581892881912b81992d80a1307eaa337db2357bba3878c23b75ca3e72d2426fd9466be04c67e75263ec5860f1605df4695cf7725cf97b5dfb8560fc8e64fd9869fea16efeaa74feb47bfebd82fec68afecf92fed89afde2a3fdebacfcf4b6fcfdbf",
  inferno:
    "00000402020c0504170a072210092d160b391e0c45260c512f0a5b380962400a67490b6a510e6c59106e61136e69166e71196e781c6d801f6c88226a902568982766a02a63a82e5fb0315bb73557bf3952c63d4dcc4248d34743d94d3ddf5337e45a31e9612bed6925f1711ff47918f78212f98b0bfa9407fb9d07fca60cfcb014fbba1ffac42af8cd37f6d746f4e156f2ea69f2f27df5f992fcffa4",
  plasma:
    "0d08871b068d2605912f059638049a41049d4903a05102a35901a56100a76900a87100a87801a88004a88707a68e0ca49511a19c179ea21d9aa82296ae2892b42e8dba3388bf3984c43e7fc9447acd4a76d24f71d6556dda5b69de6164e26660e66c5ce97257ed7953f07f4ff3854bf58c46f79342f99a3efba139fca835fdaf31feb72dfebe2afdc627fcce25fbd724f8df25f6e826f3f027f0f921",
  cividis:
    "00224e002656002a5f002d68003070083370163770203a6f273e6e2e416d34456c3a486c3f4c6c444f6c49536c4e566c535a6d575d6d5c616e60646f656870696b716d6f727272747676767a7a787e7d788381798885788d8878928c789690779b9476a09875a59c74aaa073afa471b5a86fbaac6dbfb06bc4b468c9b965cfbd62d4c15fdac65bdfca57e5cf52ead34cf0d846f6dd3ffce236fee838",
  turbo:
    "30123b36215f3b2f803f3e9c424bb54559cb4666dd4773eb4680f6458cfd4099ff38a5fb2fb2f427bee91fc9dd1ad4d018ddc21ae4b622ebaa2ff19b3ff68a52fa7a65fd6979fe598bff4b9cfe40a9fb39b7f735c3f134d0ea34dbe236e5d938eecf3af5c53afaba39fdae35fea130fe932afc8423f9751df46617ef5811e84b0ce14109d83706ce2d04c32503b71d02a916019b0f018b09027a0403",
  gray: "000000ffffff",
};

/** Colour maps by name, in the order in which they are offered. */
export const LUTS: Readonly<Record<LutName, Lut>> = {
  viridis: { name: "viridis", label: "Viridis", stops: STOPS.viridis },
  magma: { name: "magma", label: "Magma", stops: STOPS.magma },
  inferno: { name: "inferno", label: "Inferno", stops: STOPS.inferno },
  plasma: { name: "plasma", label: "Plasma", stops: STOPS.plasma },
  cividis: { name: "cividis", label: "Cividis", stops: STOPS.cividis },
  turbo: { name: "turbo", label: "Turbo", stops: STOPS.turbo },
  gray: { name: "gray", label: "Gray", stops: STOPS.gray },
};

export const LUT_NAMES = Object.keys(LUTS) as LutName[];

const tables = new Map<LutName, Uint8Array>();

/** RGBA bytes of all entries, as the texture holds them. */
export function lutTable(name: LutName): Uint8Array {
  const present = tables.get(name);
  if (present) return present;
  const { stops } = LUTS[name];
  const last = stops.length / 6 - 1;
  const part = (stop: number, shift: number) =>
    Number.parseInt(stops.slice(6 * stop + shift, 6 * stop + shift + 2), 16);
  const table = new Uint8Array(LUT_SIZE * 4).fill(255);
  for (let i = 0; i < LUT_SIZE; i++) {
    const at = (i / (LUT_SIZE - 1)) * last;
    const stop = Math.min(last - 1, Math.floor(at));
    for (let c = 0; c < 3; c++) {
      const from = part(stop, 2 * c);
      table[4 * i + c] = Math.round(from + (part(stop + 1, 2 * c) - from) * (at - stop));
    }
  }
  tables.set(name, table);
  return table;
}

/** Red, green, blue in 0…1 of a tone in 0…1: the reference for the shader. */
export function lutColor(name: LutName, tone: number): [number, number, number] {
  const table = lutTable(name);
  const at = Math.min(1, Math.max(0, tone)) * (LUT_SIZE - 1);
  const entry = Math.min(LUT_SIZE - 2, Math.floor(at));
  const share = at - entry;
  const part = (c: number) => {
    const from = table[4 * entry + c]!;
    return (from + (table[4 * entry + 4 + c]! - from) * share) / 255;
  };
  return [part(0), part(1), part(2)];
}
