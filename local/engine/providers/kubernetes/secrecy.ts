import {
  containsSecret,
  isPropertyMap,
  type PropertyMap,
  type PropertyValue,
  Secret,
} from "../../provider";

/**
 * Marks as secret what is secret in the inputs, value by value, and all data of a Secret. A list of
 * which any item is secret is secret as a whole, since the server may put its items in other order.
 */
export function withSecrecyOf(outputs: PropertyMap, inputs: PropertyMap): PropertyMap {
  if (outputs.kind === "Secret") {
    const result = { ...outputs };
    for (const key of ["data", "stringData"]) {
      const value = outputs[key];
      if (value !== undefined && !(value instanceof Secret)) result[key] = new Secret(value);
    }
    return result;
  }
  const result: PropertyMap = {};
  for (const [key, value] of Object.entries(outputs)) {
    const input = inputs[key];
    result[key] = input === undefined ? value : mark(value, input);
  }
  return result;
}

function mark(output: PropertyValue, input: PropertyValue): PropertyValue {
  if (isPropertyMap(output) && isPropertyMap(input)) return withSecrecyOf(output, input);
  if (output instanceof Secret || !containsSecret(input)) return output;
  return new Secret(output);
}
