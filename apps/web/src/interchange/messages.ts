import type { AnnotationSnapshot, Geometry } from "@coscope/annotations";
import type {
  ExportedClass,
  FileFormat,
  FileSummary,
  ImageFrame,
  ImportedAnnotation,
} from "@coscope/annotations/interchange";

/** A file as it is shown before it is imported. */
export interface FilePreview {
  readonly summary: FileSummary;
  /** Some of the shapes, for the eye. */
  readonly sample: readonly { readonly geometry: Geometry; readonly className: string | null }[];
  /** The first of what could not be read, in words. */
  readonly problems: readonly string[];
  readonly problemCount: number;
}

/** Asked of the worker; each is answered in order. */
export type Request =
  | { readonly job: "read"; readonly file: File; readonly frame: ImageFrame }
  | { readonly job: "image"; readonly image: number }
  /** The next slice of annotations of the image; an empty one at the end. */
  | { readonly job: "take"; readonly image: number; readonly from: number }
  | { readonly job: "write"; readonly annotations: readonly AnnotationSnapshot[] }
  | {
      readonly job: "finish";
      readonly format: FileFormat;
      readonly classes: readonly ExportedClass[];
      readonly frame: ImageFrame;
    };

export interface Written {
  readonly blob: Blob;
  /** Points and lines, which COCO cannot hold. */
  readonly left: number;
}

export interface Answers {
  read: FilePreview;
  image: FilePreview;
  take: readonly ImportedAnnotation[];
  write: null;
  finish: Written;
}

export type Answer =
  | { readonly result: Answers[keyof Answers] }
  | { readonly failed: { readonly code: string; readonly text: string } };
