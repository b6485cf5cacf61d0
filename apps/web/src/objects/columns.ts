import { isArea, type Json } from "@coscope/annotations";
import { formatNumber } from "../panels/format.ts";
import { kindOf } from "../panels/measures.ts";
import type { ClassRow } from "../state/rows.ts";
import { measured, type ObjectRow, type Scale } from "./rows.ts";

export type Cell = string | number | null;

/** What the columns know beside the annotations. */
export interface TableContext {
  readonly scale: Scale;
  readonly classes: readonly ClassRow[];
  readonly channels: readonly string[];
  readonly manyLayers: boolean;
  /** More than one depth or time. */
  readonly planes: boolean;
  className(id: string | null): string;
  layerName(id: string): string;
  authorName(id: string): string;
  /** Mean of a channel's values inside; null while it has not been measured. */
  intensity(row: ObjectRow, channel: number): number | null;
}

export interface Column {
  /** `area`, `intensity:0`, `attribute:Grade` */
  readonly id: string;
  readonly title: string;
  readonly unit?: string;
  readonly kind: "text" | "number";
  /** CSS px */
  readonly width: number;
  /** Shown unless the person chose otherwise. */
  readonly shown: boolean;
  /** Reads the shape: measured for all rows before sorting or filtering by it. */
  readonly measured?: boolean;
  /** Of a column of means: its channel. */
  readonly channel?: number;
  value(row: ObjectRow): Cell;
  /** Rows with the same of these have the same value: few of many. */
  sharedBy?(row: ObjectRow): string | null;
  /** For people; numbers by default with three digits that count. */
  format?(value: Cell): string;
}

/** All columns there are for this image, in their order. */
export function columnsFor(context: TableContext, attributes: readonly string[]): Column[] {
  const { scale } = context;
  const shape = (row: ObjectRow) => measured(row, scale);
  const hasArea = ({ annotation }: ObjectRow) => isArea(annotation.geometry);
  const measure = (
    id: string,
    title: string,
    value: Column["value"],
    unit?: string,
    shown = true,
  ): Column => ({
    id,
    title,
    kind: "number",
    width: Math.max(92, 34 + 7.4 * (title.length + (unit ? unit.length + 3 : 0))),
    shown,
    measured: true,
    value,
    ...(unit && { unit }),
  });
  const text = (
    id: string,
    title: string,
    width: number,
    shown: boolean,
    value: (row: ObjectRow) => string,
    sharedBy?: (row: ObjectRow) => string | null,
  ): Column => ({ id, title, kind: "text", width, shown, value, ...(sharedBy && { sharedBy }) });
  return [
    text(
      "class",
      "Class",
      140,
      true,
      ({ annotation }) => context.className(annotation.classId),
      ({ annotation }) => annotation.classId,
    ),
    text("label", "Name", 120, true, ({ annotation }) => annotation.label),
    text(
      "shape",
      "Shape",
      84,
      false,
      ({ annotation }) => kindOf(annotation),
      ({ annotation }) => annotation.geometry.kind,
    ),
    text(
      "layer",
      "Layer",
      110,
      context.manyLayers,
      ({ layerId }) => context.layerName(layerId),
      ({ layerId }) => layerId,
    ),
    text(
      "author",
      "Drawn by",
      110,
      true,
      ({ annotation }) => context.authorName(annotation.author),
      ({ annotation }) => annotation.author,
    ),
    {
      id: "created",
      title: "Drawn",
      kind: "number",
      width: 138,
      shown: true,
      value: ({ annotation }) => annotation.created,
      format: (at) => (typeof at === "number" ? formatDate(at) : ""),
    },
    ...(context.planes ? [planeColumn("z", "Depth"), planeColumn("t", "Time")] : []),
    measure("area", "Area", (row) => (hasArea(row) ? shape(row).area : null), `${scale.unit}²`),
    measure("perimeter", "Perimeter", (row) => (hasArea(row) ? shape(row).perimeter : null), scale.unit),
    measure(
      "length",
      "Length",
      (row) => (row.annotation.geometry.kind === "polyline" ? shape(row).perimeter : null),
      scale.unit,
      false,
    ),
    measure("circularity", "Circularity", (row) => (hasArea(row) ? shape(row).circularity : null)),
    ...context.channels.map(
      (name, channel): Column => ({
        id: `intensity:${channel}`,
        title: `Mean ${name}`,
        kind: "number",
        width: Math.max(104, 34 + 7.4 * (name.length + 5)),
        shown: false,
        channel,
        value: (row) => context.intensity(row, channel),
      }),
    ),
    ...attributes.map(
      (name): Column => ({
        id: `attribute:${name}`,
        title: name,
        kind: isNumeric(context.classes, name) ? "number" : "text",
        width: 110,
        shown: true,
        value: ({ annotation }) => attributeCell(annotation.attributes[name]),
        ...unitOf(context.classes, name),
      }),
    ),
  ];
}

function planeColumn(axis: "z" | "t", title: string): Column {
  return {
    id: axis,
    title,
    kind: "number",
    width: 68,
    shown: true,
    value: ({ annotation }) => {
      const at = annotation.geometry.plane[axis];
      return at === "all" ? null : at + 1;
    },
    format: (value) => (value === null ? "all" : String(value)),
  };
}

/** Yes and no for people; anything that is no single value as its text. */
export function attributeCell(value: Json | undefined): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return typeof value === "object" ? JSON.stringify(value) : value;
}

export function formatCell(column: Column, value: Cell): string {
  if (column.format) return column.format(value);
  if (value === null) return "";
  return typeof value === "number" ? formatNumber(value) : value;
}

/** `Area (µm²)` */
export const titleOf = ({ title, unit }: Column): string => (unit ? `${title} (${unit})` : title);

function isNumeric(classes: readonly ClassRow[], name: string): boolean {
  const types = classes.flatMap(({ attributes }) => attributes.filter((one) => one.name === name));
  return types.length > 0 && types.every(({ type }) => type === "number");
}

function unitOf(classes: readonly ClassRow[], name: string): { unit?: string } {
  const units = new Set(
    classes.flatMap(({ attributes }) =>
      attributes.filter((one) => one.name === name).map(({ unit }) => unit),
    ),
  );
  const [unit] = units;
  return units.size === 1 && unit ? { unit } : {};
}

function formatDate(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
