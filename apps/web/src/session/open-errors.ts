import type { ViewerError } from "@coscope/viewer";
import { isSourceError, type SourceError } from "@coscope/viewer/source";
import { errorSentence } from "../api/index.ts";
import type { OpenState } from "../state/workspace.ts";

type Failure = Extract<OpenState, { kind: "failed" }>;

/** Why an image did not open, for a person who wants to look at cells: what happened and what to do. */
export function describeOpenError(error: unknown, url: string): Failure {
  if (isViewerError(error)) {
    return failed("This browser cannot draw the image", error.message, error.next);
  }
  if (!isSourceError(error)) {
    return failed(
      "The image could not be opened",
      errorSentence(error),
      "Try again; reload the page if it stays.",
    );
  }
  return { ...describeSourceError(error, url), code: error.code };
}

function describeSourceError(error: SourceError, url: string): Failure {
  const where = hostOf(url);
  if (isMixed(url) && isSourceError(error, "unreachable", "cors")) {
    return failed(
      "The browser does not let this page read an http:// address",
      "This page came over https, and its browser keeps the two apart.",
      "Use the https:// address of the image where there is one.",
    );
  }
  switch (error.code) {
    case "unreachable":
      return failed(
        "The image cannot be reached",
        `${where} did not answer.`,
        "Check that you are online and that the address is right, then try again.",
      );
    case "cors":
      return failed(
        "The image's server does not let this page read it",
        `${where} answers, but does not allow other web pages to read its files.`,
        "Ask whoever runs it to allow this site (CORS), or copy the image onto your Coscope server.",
      );
    case "not-found":
      return failed(
        "There is no image at this address",
        `${where} has nothing at ${pathOf(url)}.`,
        "Check the address: it should end with the name of the image's folder, often .zarr.",
      );
    case "not-an-image":
      return failed(
        "This is not an image that Coscope can read",
        `Expected ${error.expected}, but found ${error.got}.`,
        "Paste the address of an OME-Zarr, OME-TIFF, SVS, Deep Zoom, IIIF, PNG or JPEG image; files on a disk come in with the import command.",
      );
    case "unsupported":
      return failed(
        "Coscope cannot read this kind of image yet",
        `The file has ${error.got}; Coscope reads ${error.expected}.`,
        error.next,
      );
    case "malformed":
      return failed(
        "The image is damaged",
        `Part of it is not as it should be: expected ${error.expected}, but found ${error.got}.`,
        "Copy or convert the image again, then try once more.",
      );
    case "too-large":
      return failed(
        "The image's tiles are too large",
        `Expected ${error.expected}, but found ${error.got}.`,
        error.next,
      );
    case "aborted":
      return failed("Opening was stopped", "The image was not loaded to the end.", "Try again.");
  }
}

/** A tile that did not come, in one or two sentences. */
export function describeTileError(error: unknown, url: string): string {
  if (!isSourceError(error)) return "A part of the image could not be drawn.";
  switch (error.code) {
    case "unreachable":
      return `${hostOf(url)} does not answer: parts of the image are missing. They load by themselves once it does.`;
    case "not-found":
    case "cors":
      return "A part of the image is missing on its server. What you draw is safe.";
    case "malformed":
    case "too-large":
      return "A part of the image is damaged and left dark. What you draw is safe; the file needs another copy.";
    default:
      return "A part of the image could not be read. What you draw is safe.";
  }
}

function failed(title: string, text: string, next: string): Failure {
  return { kind: "failed", title, text, next };
}

/** Names of this machine are let through. */
function isMixed(url: string): boolean {
  const { protocol, hostname } = new URL(url, location.href);
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  return location.protocol === "https:" && protocol === "http:" && !isLocal;
}

function hostOf(url: string): string {
  try {
    return new URL(url, location.href).host;
  } catch {
    return "That address";
  }
}

function pathOf(url: string): string {
  try {
    return new URL(url, location.href).pathname;
  } catch {
    return url;
  }
}

/** By name: asking the class itself would load the whole viewer with the list of images. */
function isViewerError(error: unknown): error is ViewerError {
  return error instanceof Error && error.name === "ViewerError";
}
