/** An axis-aligned rectangle in image space (px). */
export interface ImageRect {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** Which plane of the stack: integer indices from 0, or every one. */
export interface Plane {
  readonly z: number | "all";
  readonly t: number | "all";
}

/** Flat x0,y0,x1,y1,… in image px, not closed. At least 3 vertices where it bounds an area, 2 in a polyline. */
export type Ring = readonly number[];

export interface PointGeometry {
  readonly kind: "point";
  readonly plane: Plane;
  readonly x: number;
  readonly y: number;
}

export interface PolylineGeometry {
  readonly kind: "polyline";
  readonly plane: Plane;
  readonly points: Ring;
}

/** `x`, `y` are the smaller corner before rotation; `rotation` is in radians, clockwise on screen, about the centre. */
export interface RectangleGeometry {
  readonly kind: "rectangle";
  readonly plane: Plane;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
}

/** `rx`, `ry` are half axes before rotation; `rotation` is in radians, clockwise on screen, about the centre. */
export interface EllipseGeometry {
  readonly kind: "ellipse";
  readonly plane: Plane;
  readonly cx: number;
  readonly cy: number;
  readonly rx: number;
  readonly ry: number;
  readonly rotation: number;
}

/** Parts → rings. The first ring of a part is its outline, the others are holes in it. */
export interface PolygonGeometry {
  readonly kind: "polygon";
  readonly plane: Plane;
  readonly parts: readonly (readonly Ring[])[];
}

export type Geometry =
  | PointGeometry
  | PolylineGeometry
  | RectangleGeometry
  | EllipseGeometry
  | PolygonGeometry;
export type GeometryKind = Geometry["kind"];
