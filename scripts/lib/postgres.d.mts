export function findPostgres(): string | null;
export function ensurePostgres(): { bin: string } | { bin: null; why: string };
