/** Absolute folder of the built page. */
export const webDist: string;
/** Builds the page if its sources changed since the last build; throws an Error with the build's own words. */
export function buildWeb(): void;
