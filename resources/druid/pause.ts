/** Pauses supervisors that are about to be deleted, so that their task slots are free. */
import { objectOf } from "../json";
import { getSupervisor, resumeSupervisor, suspendSupervisor } from "./api";

/** Suspends those of the supervisors that run and are the owner's. Their tasks publish what they have read, and end. */
export async function pauseSupervisors(
  url: string,
  ids: readonly string[],
  owner: string,
): Promise<void> {
  for (const id of await ownIds(url, ids, owner, false)) await suspendSupervisor(url, id);
}

/** Resumes those of the supervisors that are suspended and are the owner's. */
export async function resumeSupervisors(
  url: string,
  ids: readonly string[],
  owner: string,
): Promise<void> {
  for (const id of await ownIds(url, ids, owner, true)) await resumeSupervisor(url, id);
}

async function ownIds(
  url: string,
  ids: readonly string[],
  owner: string,
  isSuspended: boolean,
): Promise<string[]> {
  const own: string[] = [];
  for (const id of ids) {
    const live = await getSupervisor(url, id);
    const isOwn = objectOf(live?.context).owner === owner;
    if (isOwn && (live?.suspended === true) === isSuspended) own.push(id);
  }
  return own;
}
