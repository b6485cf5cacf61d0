/** What an attribute's values are: any text, a number, one of a list, yes or no. */
export type AttributeType = "text" | "number" | "select" | "checkbox";

/** One question that every annotation of a class answers. */
export interface ClassAttribute {
  /** The attribute's name in the annotation, unique in its class. */
  name: string;
  type: AttributeType;
  /** The choices of a `select`. */
  options?: string[] | undefined;
  /** Of a `number`, for people: `µm`, `%`. */
  unit?: string | undefined;
  min?: number | undefined;
  max?: number | undefined;
  /** What the form proposes. It is written only when a person sets it. */
  default?: string | number | boolean | undefined;
}
