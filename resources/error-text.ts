/** What went wrong, in words: an error's message, and anything else that was thrown as text. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
