import { z } from "@hono/zod-openapi";

/** What a class says of itself beside its name and colour. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: text in the database holds every character but this one
const NO_NUL = /^[^\u0000]*$/;
/** As PROTOCOL.md has names of attributes; those of Coscope itself begin with `coscope.`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about those characters
const ATTRIBUTE_NAME = /^(?!coscope\.)[^/\u0000-\u001f\u007f-\u009f]{1,64}$/;
const shortText = z.string().trim().min(1).max(200).regex(NO_NUL);
const unique = (texts: readonly string[]) => new Set(texts).size === texts.length;

export const ClassAttribute = z
  .object({
    name: z.string().trim().regex(ATTRIBUTE_NAME).openapi({
      description: "Unique in the class; the attribute's name in annotations. No `/`, no leading `coscope.`.",
      example: "Ki-67",
    }),
    type: z.enum(["text", "number", "select", "checkbox"]),
    options: z
      .array(shortText)
      .min(1)
      .max(100)
      .optional()
      .openapi({ description: "The choices; of a `select` only, which must have them." }),
    unit: z.string().trim().max(20).regex(NO_NUL).optional().openapi({ description: "Of a `number`." }),
    min: z.number().optional().openapi({ description: "Of a `number`." }),
    max: z.number().optional().openapi({ description: "Of a `number`." }),
    default: z
      .union([z.string().max(1000).regex(NO_NUL), z.number(), z.boolean()])
      .optional()
      .openapi({ description: "What a form proposes: of the attribute's type, and one of its values." }),
  })
  .superRefine(({ type, options, unit, min, max, default: proposed }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if ((type === "select") !== (options !== undefined)) refuse("options", "Only a select has options.");
    if (options && !unique(options)) refuse("options", "Each option stands there once.");
    if (type !== "number" && (unit !== undefined || min !== undefined || max !== undefined))
      refuse("type", "Only a number has a unit, min and max.");
    if (min !== undefined && max !== undefined && min > max) refuse("min", "Not above max.");
    if (proposed === undefined) return;
    const fits =
      type === "number"
        ? typeof proposed === "number" && proposed >= (min ?? proposed) && proposed <= (max ?? proposed)
        : type === "checkbox"
          ? typeof proposed === "boolean"
          : typeof proposed === "string" && (type === "text" || (options ?? []).includes(proposed));
    if (!fits) refuse("default", "Not a value of this attribute.");
  })
  .openapi("ClassAttribute");

const ontologyIri = z.union([z.literal(""), z.url({ protocol: /^https?$/ }).max(500)]).openapi({
  description: "A term of an ontology, as an http(s) address; empty where there is none.",
  example: "http://purl.obolibrary.org/obo/CL_0000540",
});
const synonyms = z
  .array(shortText)
  .max(50)
  .refine(unique)
  .openapi({
    description: "Other names, by which files and models may call it.",
    example: ["nuclei", "cell nucleus"],
  });
const attributes = z
  .array(ClassAttribute)
  .max(50)
  .refine((list) => unique(list.map(({ name }) => name)), { message: "Each name stands there once." })
  .openapi({ description: "What annotations of this class say more, in the order of the form." });

/** As they come with a row, and as a change may name them. */
export const classDetails = { ontologyIri, synonyms, attributes };
export const classDetailChanges = {
  ontologyIri: ontologyIri.optional(),
  synonyms: synonyms.optional(),
  attributes: attributes.optional(),
};
