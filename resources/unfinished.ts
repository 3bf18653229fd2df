import { errorText } from "./error-text";

/** What Pulumi records when an object exists but is not as it should be: the next update finishes it. */
export function unfinished(error: unknown, id: string, properties: object): Error {
  const message = errorText(error);
  return Object.assign(new Error(message, { cause: error }), {
    id,
    properties,
    reasons: [message],
  });
}
