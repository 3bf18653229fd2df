/** Something in the cluster that the stack would fail at. */
export interface Finding {
  /** error: `up` would fail. warning: it may, or something else is lost. */
  readonly severity: "error" | "warning";
  /** What was found, with names and numbers. */
  readonly found: string;
  /** What to do: the setting, the command. */
  readonly todo: string;
}

export const error = (found: string, todo: string): Finding => ({ severity: "error", found, todo });

export const warning = (found: string, todo: string): Finding => ({
  severity: "warning",
  found,
  todo,
});

/** `a, b, c and 3 more`: the first ones of a list. Default: 5. */
export function listed(names: readonly string[], most = 5): string {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(", ")} and ${rest} more` : names.join(", ");
}
