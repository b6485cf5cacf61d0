import type { SumsReply, SumsRequest } from "./intensity-shared.ts";
import { sumInside } from "./pixels-inside.ts";

/** The part of a dedicated worker's scope that is used; the DOM types describe a window instead. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<SumsRequest>) => void) | null;
  postMessage(message: SumsReply): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data: { id, block, downsample, geometries } }) => {
  scope.postMessage({ id, sums: geometries.map((geometry) => sumInside(geometry, downsample, block)) });
};
