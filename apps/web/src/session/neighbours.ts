import { type Api, errorSentence } from "../api/index.ts";
import { hrefOfImage } from "../state/route.ts";
import type { EngineStores } from "./engine.ts";
import { encodeLink } from "./link.ts";
import type { Notices } from "./notices.ts";
import { describeOpenError } from "./open-errors.ts";

export interface NeighbourOptions {
  readonly api: Api;
  readonly stores: EngineStores;
  readonly notices: Notices;
  /** Whether anybody has drawn on this image. */
  isAnnotated(): boolean;
}

/** Going to another image of the same series or plate: fields are compared, so the contrast goes along. */
export function createNeighbourActions({ api, stores, notices, isAnnotated }: NeighbourOptions) {
  async function openPlace(place: { readonly name: string; readonly path: string }): Promise<void> {
    const { collectionId } = stores.image.get();
    if (collectionId === null) return;
    try {
      const { name, path } = place;
      const { id } = await api.openMember(collectionId, { name, path });
      if (id === stores.image.get().id) return;
      const plane = stores.plane.get();
      location.hash = encodeLink({ imageId: id, plane, channels: stores.channels.get() });
    } catch (error) {
      notices.say({ tone: "error", text: errorSentence(error) });
    }
  }

  return {
    openPlace,
    /** This image's address holds several: shows them all. */
    async openCollection(): Promise<void> {
      try {
        const { becomeCollection } = await import("../open/become-collection.ts");
        const here = stores.image.get();
        const row = await becomeCollection(api, here, isAnnotated());
        if (!row) return;
        if (row.id === here.id) location.reload();
        else location.hash = hrefOfImage(row.id);
      } catch (error) {
        notices.say({ tone: "error", text: errorSentence(error) });
      }
    },
    async openNeighbour(by: 1 | -1): Promise<void> {
      const { collectionId, path } = stores.image.get();
      if (collectionId === null) return;
      try {
        // Loaded apart: most images stand alone.
        const { neighbourOf, openCollection } = await import("../open/collection.ts");
        const { url } = await api.image(collectionId);
        const collection = await openCollection(url);
        const place = collection && (await neighbourOf(collection, path, by));
        if (place) return openPlace(place);
        const text = by === 1 ? "This is the last one." : "This is the first one.";
        notices.say({ id: "neighbour", tone: "info", text });
      } catch (error) {
        const { text, next } = describeOpenError(error, stores.image.get().url);
        notices.say({ id: "neighbour", tone: "error", text: `${text} ${next}` });
      }
    },
  };
}
