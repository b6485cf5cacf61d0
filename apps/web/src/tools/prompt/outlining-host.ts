import type { Geometry } from "@coscope/annotations/geometry";
import type { MaskClient } from "../../masks/client.ts";
import type { ModelRow, Region } from "../../masks/protocol.ts";
import type { Prompting } from "../../state/prompting.ts";
import type { ImageBox, XY } from "../tool.ts";

export interface Sketch {
  readonly geometry: Geometry;
  /** 0xRRGGBB */
  readonly color: number;
  readonly dashed?: boolean;
}

/** What is looked at: one plane with its visible channels. */
export interface Looked {
  readonly imageId: string;
  readonly width: number;
  readonly height: number;
  readonly z: number;
  readonly t: number;
  readonly channels: readonly number[];
}

/** What outlining from prompts needs of the page beyond what every tool does. One per mounted canvas. */
export interface OutliningHost {
  /** null while no image is open or no channel is visible. */
  looked(): Looked | null;
  /** The part of the image on screen. */
  view(): ImageBox;
  /** Where those who are followed look. */
  followed(): XY | null;
  /** Told whenever those who are followed may look elsewhere. */
  onFollowed(callback: () => void): () => void;
  /** A maximum projection is on screen: what is outlined is the plane alone. */
  isProjected(): boolean;
  /** The worker; made when it is first asked for. */
  client(): MaskClient;
  /** Ends the worker with all that it has asked the server for; the next call has another one. */
  restart(): void;
  /** Which region the worker waits for, told as it changes. */
  onWaiting(callback: (region: Region | null) => void): () => void;
  models(signal?: AbortSignal): Promise<readonly ModelRow[]>;
  /** This person's place in the server's line; null where it is not known. */
  placeInLine(): Promise<number | null>;
  /** Drawn over what `preview` shows, for this person alone. */
  sketch(shapes: readonly Sketch[]): void;
  colorOf(classId: string | null): number;
  announce(text: string): void;
  say(text: string): void;
  /** What the tool's options show. */
  show(prompting: Prompting): void;
  remember: { model: string | null; private: boolean };
}
