/** A YAML mapping. */
export type Values = { [key: string]: unknown };

/** True for a YAML mapping, false for lists, texts and the like. */
export function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Merges `overlay` into `base` as Helm does: maps key by key; a list or any other value replaces the one before; null
 * removes a key. Neither argument is changed.
 */
export function mergeValues(base: Values, overlay: Values): Values {
  const merged: Values = { ...base };
  for (const [key, value] of Object.entries(overlay)) {
    const below = merged[key];
    if (value === null) delete merged[key];
    else merged[key] = isValues(below) && isValues(value) ? mergeValues(below, value) : value;
  }
  return merged;
}
