/** A pair of graphs on the web that `coscope models pull` fetches. */
export interface KnownModel {
  readonly id: string;
  readonly title: string;
  readonly family: "sam" | "sam2";
  readonly licence: string;
  /** Where it comes from, for people. */
  readonly source: string;
  /** How its hashes are known. */
  readonly pinned: string;
  readonly encoder: RemoteFile;
  readonly decoder: RemoteFile;
}

export interface RemoteFile {
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
}

const MOBILE_SAM = "https://huggingface.co/Acly/MobileSAM/resolve/0d3b403339b4674a82493d5e97964dd78089ddc8";

/**
 * Only entries whose hashes are known: what comes down is refused when it differs, and others are added from files.
 */
export const KNOWN_MODELS: readonly KnownModel[] = [
  {
    id: "mobile-sam",
    title: "MobileSAM",
    family: "sam",
    licence: "Apache-2.0 (weights), MIT (export)",
    source: "https://github.com/ChaoningZhang/MobileSAM, exported at https://huggingface.co/Acly/MobileSAM",
    pinned: "as published registries of other projects pin it; nobody of this project has downloaded it yet",
    encoder: {
      url: `${MOBILE_SAM}/mobile_sam_image_encoder.onnx`,
      bytes: 28_157_093,
      sha256: "580f5fb648ea1062c0aabc26217aed56921985f03f0cbbd852bba81d760cc749",
    },
    decoder: {
      url: `${MOBILE_SAM}/sam_mask_decoder_multi.onnx`,
      bytes: 16_496_559,
      sha256: "8976b90a87ba50a6a72217a5ff994f7d25ce16f2229fcc1ed259e1294c622ffe",
    },
  },
];
