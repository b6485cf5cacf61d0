/**
 * Whether this browser's outbox has anything of another user. Without `outbox-store.ts`, which comes with the open
 * image: the list of images must not load that to find nothing. False where there is no outbox, or none can be opened.
 */
export function hasWorkOfOthers(userId: string, name = "coscope"): Promise<boolean> {
  return new Promise((resolve) => {
    const opening = indexedDB.open(name);
    // None yet: its first page makes it as it should be.
    opening.onupgradeneeded = () => opening.transaction?.abort();
    opening.onerror = () => resolve(false);
    opening.onsuccess = () => {
      const db = opening.result;
      const done = (found: boolean) => {
        db.close();
        resolve(found);
      };
      if (!db.objectStoreNames.contains("outbox")) return done(false);
      const users = db
        .transaction("outbox")
        .objectStore("outbox")
        .index("user")
        .openKeyCursor(null, "nextunique");
      users.onerror = () => done(false);
      users.onsuccess = () => {
        const cursor = users.result;
        if (cursor?.key === userId) cursor.continue();
        else done(cursor !== null);
      };
    };
  });
}
