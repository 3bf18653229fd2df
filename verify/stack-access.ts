import { openHttp } from "../resources/connection";
import { openSession, type Session } from "../resources/superset/api";
import { Druid } from "./druid";
import { onLink } from "./link";
import { type StackOutputs, targetOf } from "./outputs";
import { type KafkaProbe, openKafkaProbe } from "./topic";

/** The stack's services, reached through the API server's port-forward. */
export interface StackAccess {
  readonly kafka: KafkaProbe;
  readonly druid: Druid;
  /** Logs in to Superset. */
  superset(): Promise<Session>;
}

/** Opens the way to all services, uses them, and closes what was opened, whatever came of it. */
export async function withStack<T>(
  outputs: StackOutputs,
  use: (stack: StackAccess) => Promise<T>,
): Promise<T> {
  const closers: (() => Promise<void>)[] = [];
  const open = async (name: "druid" | "coordinator" | "superset") => {
    const http = await openHttp({ kubernetes: targetOf(outputs, name) });
    closers.push(http.close);
    return http.url;
  };
  try {
    const kafka = await onLink("producer → Kafka", () =>
      openKafkaProbe({ kubernetes: targetOf(outputs, "kafka") }),
    );
    closers.push(kafka.close);
    const druid = await onLink(
      "Kafka → Druid",
      async () => new Druid(await open("druid"), await open("coordinator")),
    );
    const superset = () =>
      onLink("Druid → Superset", async () =>
        openSession(await open("superset"), {
          username: outputs.supersetUsername,
          password: outputs.supersetPassword,
        }),
      );
    return await use({ kafka, druid, superset });
  } finally {
    await Promise.allSettled(closers.map((close) => close()));
  }
}
