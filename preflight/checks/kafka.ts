import { type KafkaConnection, withKafka } from "../../resources/connection";
import { errorText } from "../../resources/error-text";
import { viewTopic, withAdmin } from "../../resources/kafka/api";
import { unreadable } from "../../resources/kafka/trouble";
import { error, type Finding } from "../finding";

/** A Kafka that is there already, and the topics that streams read there. */
export interface KafkaTarget {
  readonly connection: KafkaConnection;
  readonly topics: readonly {
    /** Name of the stream. */
    readonly stream: string;
    readonly topic: string;
    /** Whether the stack makes the topic where there is none. */
    readonly managed: boolean;
  }[];
}

/** Logs in as the stack will, and looks at each topic. Nothing is changed. */
export async function checkKafka({ connection, topics }: KafkaTarget): Promise<Finding[]> {
  const look = () =>
    withKafka(connection, (config) =>
      withAdmin(
        config,
        async (admin) => {
          const found: Finding[] = [];
          for (const { stream, topic, managed } of topics) {
            const seen = await viewTopic(admin, topic);
            if (!("refusal" in seen) || (managed && isAbsent(seen.refusal))) continue;
            const text = unreadable(config, topic, seen.refusal, managed);
            found.push(problem(`Stream "${stream}": ${text}`));
          }
          return found;
        },
        1,
      ),
    );
  return look().catch((cause: unknown) => [problem(errorText(cause))]);
}

const isAbsent = (refusal: string) => refusal.includes("(UNKNOWN_TOPIC_OR_PARTITION)");

/** The last sentence of the text says what to do. */
function problem(text: string): Finding {
  const [, found = text, todo = "See docs/kafka.md"] =
    /^(.*\.) ([^.]*(?:\.[^ ][^.]*)*)$/s.exec(text) ?? [];
  return error(found, todo);
}
