export function findVersitygw(): string | null;
export function ensureVersitygw(): { program: string } | { program: null; why: string };
