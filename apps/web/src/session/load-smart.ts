/** Tools that look at the pixels: their code, and the worker's, come when one is first taken in hand. */
export const loadSmart = () => import("../tools/smart/index.ts");
