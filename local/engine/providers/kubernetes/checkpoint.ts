import { isPropertyMap, mapWithoutSecrets, type PropertyMap } from "../../provider";
import { annotations } from "./annotations";
import { newFieldManager } from "./naming";
import { annotationOf, textAt } from "./object";
import { withSecrecyOf } from "./secrecy";

/** What the state keeps of an object beside its live fields. */
export interface CheckpointMarks {
  initialApiVersion: string;
  fieldManager: string;
}

/** The outputs of a resource: the live object, the inputs it was made from, and the marks. */
export function toCheckpoint(
  inputs: PropertyMap,
  live: PropertyMap,
  markedInputs: PropertyMap,
  marks: CheckpointMarks,
): PropertyMap {
  return {
    ...withSecrecyOf(live, markedInputs),
    __inputs: withSecrecyOf(inputs, markedInputs),
    __initialApiVersion: marks.initialApiVersion,
    __fieldManager: marks.fieldManager,
  };
}

/** The live object and the inputs out of a resource's outputs, without marks of secrets. */
export function fromCheckpoint(outputs: PropertyMap): { inputs: PropertyMap; live: PropertyMap } {
  const { __inputs, __initialApiVersion, __fieldManager, ...live } = mapWithoutSecrets(outputs);
  return { inputs: isPropertyMap(__inputs) ? __inputs : {}, live };
}

export function marksOf(outputs: PropertyMap, inputs: PropertyMap): CheckpointMarks {
  return {
    initialApiVersion: textAt(outputs, "__initialApiVersion") ?? textAt(inputs, "apiVersion") ?? "",
    fieldManager:
      annotationOf(inputs, annotations.patchFieldManager) ??
      textAt(outputs, "__fieldManager") ??
      newFieldManager(),
  };
}
