/**
 * Which objects the program declares. Objects such as topics are deleted by name, so that a resource that is removed or
 * replaced would take an object with it that another resource has taken over: after a rename, or after two streams have
 * exchanged their topics. Each `check` of a run claims the resource's object, and the engine deletes after all checks.
 */
import type { HttpConnection, KafkaConnection } from "./connection";
import { hasUnknown } from "./drift";

export interface Claimed {
  readonly kind:
    | "topic"
    | "user"
    | "access"
    | "supervisor"
    | "database"
    | "dataset"
    | "chart"
    | "dashboard";
  readonly connection: HttpConnection | KafkaConnection;
  /** What its service knows it by: of objects in Superset their UUID. */
  readonly name: string;
}

const claims = new Set<string>();

/** Says that a resource of the program declares the object. What is not known yet is passed over. */
export function claim(object: Claimed): void {
  if (!hasUnknown(object)) claims.add(keyOf(object));
}

/** Whether a resource of this run's program declares the object. */
export function isClaimed(object: Claimed): boolean {
  return claims.has(keyOf(object));
}

/** Whether an object that is to be deleted is declared by another resource, which then keeps it: that is said. */
export function staysClaimed(object: Claimed): boolean {
  const stays = isClaimed(object);
  const { kind, name } = object;
  if (stays) console.log(`${kind} ${name} stays: another resource of the program declares it now`);
  return stays;
}

function keyOf({ kind, connection, name }: Claimed): string {
  return JSON.stringify([kind, placeOf(connection), name]);
}

/** A service of a cluster is the same one by whatever port and context it is reached, and a Kafka by whatever login. */
export function placeOf(connection: Claimed["connection"]): unknown {
  if ("kubernetes" in connection) return connection.kubernetes.namespace;
  return "brokers" in connection ? [...connection.brokers].sort() : connection;
}
