import { SourceError } from "../../errors.ts";

export function damaged(url: string, expected: string, got: string, cause?: unknown): SourceError {
  return new SourceError(
    "malformed",
    {
      url,
      expected,
      got,
      next: "The TIFF file is damaged or its copy incomplete: copy or write it again.",
    },
    { cause },
  );
}

export function notRead(url: string, expected: string, got: string): SourceError {
  return new SourceError("unsupported", {
    url,
    expected,
    got,
    next: "Convert the image to OME-Zarr: `bioformats2raw in.tif out.zarr`.",
  });
}

export function tooLarge(url: string, expected: string, got: string): SourceError {
  return new SourceError("too-large", {
    url,
    expected,
    got,
    next: "Convert the image to OME-Zarr, which is read in small pieces: `bioformats2raw in.tif out.zarr`.",
  });
}

/** Everything that leaves a reader is a SourceError, whatever a decoder throws at damaged bytes. */
export function asSourceError(url: string, expected: string, cause: unknown): SourceError {
  if (cause instanceof SourceError) return cause;
  return damaged(url, expected, cause instanceof Error ? cause.message : String(cause), cause);
}
