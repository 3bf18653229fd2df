/**
 * Which objects the program declares. Objects such as topics are deleted by name, so that a resource that is removed or
 * replaced would take an object with it that another resource has taken over: after a rename, or after two streams have
 * exchanged their topics. Each `check` of a run claims the resource's object, and the engine deletes after all checks.
 */
import type { HttpConnection, KafkaConnection } from "./connection";
import { hasUnknown } from "./drift";
import { processWide } from "./process-wide";

export interface Claimed {
  readonly kind: "topic" | "supervisor";
  readonly connection: HttpConnection | KafkaConnection;
  readonly name: string;
}

/** Says that a resource of the program declares the object. What is not known yet is passed over. */
export function claim(object: Claimed): void {
  if (!hasUnknown(object)) processWide<true>("claims").set(keyOf(object), true);
}

/** Whether a resource of this run's program declares the object. If so, says that it stays. */
export function isClaimed(object: Claimed): boolean {
  if (!processWide<true>("claims").has(keyOf(object))) return false;
  const { kind, name } = object;
  console.log(`${kind} ${name} stays: another resource of the program declares it now`);
  return true;
}

/** A service of a cluster is the same one by whatever port and context it is reached. */
function keyOf({ kind, connection, name }: Claimed): string {
  const place = "kubernetes" in connection ? connection.kubernetes.namespace : connection;
  return JSON.stringify([kind, place, name]);
}
