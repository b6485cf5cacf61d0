import type { AnnotationSnapshot } from "@coscope/annotations";
import {
  type AnnotationFile,
  asciiJson,
  checkFileSize,
  encodeCoco,
  encodeGeoJson,
  InterchangeError,
  readAnnotationFile,
} from "@coscope/annotations/interchange";
import type { Answer, FilePreview, Request, Written } from "./messages.ts";

const SAMPLE = 5_000;
const PROBLEMS = 20;
const SLICE = 2_000;
/** GeoJSON features that are turned into text at once. */
const TEXT_SLICE = 5_000;

let file: AnnotationFile | null = null;
let toWrite: AnnotationSnapshot[] = [];

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  void answer(data)
    .catch((error: unknown): Answer => {
      const code = error instanceof InterchangeError ? error.code : "unreadable";
      return { failed: { code, text: error instanceof Error ? error.message : String(error) } };
    })
    .then((message) => postMessage(message));
});

async function answer(request: Request): Promise<Answer> {
  switch (request.job) {
    case "read": {
      checkFileSize(request.file.size);
      file = readAnnotationFile(await request.file.text(), request.frame);
      return { result: preview(file) };
    }
    case "image":
      return { result: preview(opened(), request.image) };
    case "take":
      return {
        result: opened()
          .annotations(request.image)
          .slice(request.from, request.from + SLICE),
      };
    case "write":
      toWrite.push(...request.annotations);
      return { result: null };
    case "finish": {
      const result = write(request);
      toWrite = [];
      return { result };
    }
  }
}

function opened(): AnnotationFile {
  if (!file) throw new Error("No file is open.");
  return file;
}

function preview(from: AnnotationFile, image?: number): FilePreview {
  const summary = from.summary(image);
  const all = from.annotations(summary.image);
  const step = Math.max(1, Math.ceil(all.length / SAMPLE));
  const sample = [];
  for (let i = 0; i < all.length; i += step) {
    const { geometry, className } = all[i]!;
    sample.push({ geometry, className });
  }
  return {
    summary,
    sample,
    problems: from.problems.slice(0, PROBLEMS).map(({ message }) => message),
    problemCount: from.problems.length,
  };
}

function write({ format, classes, frame }: Request & { job: "finish" }): Written {
  if (format === "coco") {
    const { width, height, name } = frame;
    const { file: coco, left } = encodeCoco(
      [{ fileName: name, width, height, annotations: toWrite }],
      classes,
    );
    return { blob: new Blob([asciiJson(coco)], { type: "application/json" }), left: left.length };
  }
  const parts = ['{"type":"FeatureCollection","features":['];
  for (let i = 0; i < toWrite.length; i += TEXT_SLICE) {
    const { features } = encodeGeoJson(toWrite.slice(i, i + TEXT_SLICE), { classes });
    const texts = (features as readonly unknown[]).map(asciiJson).join(",\n");
    parts.push(`${i > 0 ? "," : ""}\n${texts}`);
  }
  parts.push("\n]}\n");
  return { blob: new Blob(parts, { type: "application/geo+json" }), left: 0 };
}
