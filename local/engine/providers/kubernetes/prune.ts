import { isPropertyMap, type PropertyMap, type PropertyValue } from "../../provider";

/**
 * What a live object has of the fields that the program set: the server's defaults, the status and
 * other managers' fields are left out. Lists are matched by position, as the Pulumi provider does.
 */
export function pruneToShape(live: PropertyMap, shape: PropertyMap): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, value] of Object.entries(live)) {
    const target = shape[key];
    if (target === undefined) continue;
    result[key] = pruneValue(value, target);
  }
  return result;
}

function pruneValue(live: PropertyValue, shape: PropertyValue): PropertyValue {
  if (isPropertyMap(live) && isPropertyMap(shape)) return pruneToShape(live, shape);
  if (Array.isArray(live) && Array.isArray(shape)) return pruneList(live, shape);
  return live;
}

/** Items beyond the program's own are other managers' and left out. */
function pruneList(live: PropertyValue[], shape: PropertyValue[]): PropertyValue[] {
  return live.slice(0, shape.length).map((value, index) => {
    const target = shape[index];
    return target === undefined ? value : pruneValue(value, target);
  });
}
