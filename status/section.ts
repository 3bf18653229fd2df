import { within } from "../resources/within";
import { describe } from "../verify/link";
import type { Table } from "./table";

/** A part of the status. */
export interface Section {
  readonly title: string;
  /** Beside the title. */
  readonly summary?: string;
  readonly table?: Table;
  /** Below the table, a line each. */
  readonly notes?: readonly string[];
  /** What is wrong, a sentence each. */
  readonly problems: readonly string[];
}

/** What a section says, but for its title. */
export type Content = Omit<Section, "title" | "problems"> & Partial<Pick<Section, "problems">>;

/** How long one section may take, in ms. */
export const sectionMs = 15_000;

/** The section. That its service does not answer, or not in time, is its problem, and no other section's. */
export async function section(
  title: string,
  read: () => Promise<Content>,
  timeoutMs = sectionMs,
): Promise<Section> {
  try {
    return { title, problems: [], ...(await within(timeoutMs, read())) };
  } catch (error) {
    return { title, problems: [`not known: ${describe(error).replaceAll("\n", " ")}`] };
  }
}
