import type { KafkaValues } from "../../settings";
import { type Probes, probes } from "../kubernetes/pod";

/** Time that a node may take to catch up with the others, in seconds. */
const catchUpSeconds = 3600;

/** How Kafka's own tools reach the node that they run on. */
export interface ToolAccess {
  /** `host:port` */
  readonly address: string;
  /** File of the tools' settings, by which they log in. */
  readonly properties: string;
}

/**
 * A node opens its clients' port only when it is caught up with the metadata and the controllers have unfenced it
 * (kafka.server.BrokerServer), and closes it first when it stops; on a fault that it can't go on with, it halts. So
 * the open port tells all that a request by the protocol would, for which a JVM would have to be started each time.
 *
 * With copies on other nodes it tells too little of a start: the next node must not be restarted before this one is
 * back among the in-sync replicas of its partitions, or fewer than `minInSyncReplicas` are left. An operator would look
 * before it goes on (Strimzi's KafkaRoller); a StatefulSet goes on when the pod is ready, so the start ends only then.
 */
export function brokerProbes(values: KafkaValues, tool: ToolAccess): Probes {
  const listening = { tcpSocket: { port: "kafka" } };
  const usual = probes(listening, { startSeconds: 300 });
  if (values.replicaCount === 1) return usual;
  const periodSeconds = 2;
  return {
    ...usual,
    startupProbe: {
      exec: { command: ["sh", "-c", inSyncScript(values, tool)] },
      periodSeconds,
      // The tool waits for the port by itself, so that one call mostly does.
      timeoutSeconds: 30,
      failureThreshold: catchUpSeconds / periodSeconds,
    },
  };
}

/**
 * Succeeds when no partition misses this node among its in-sync replicas. A line of Kafka's tool reads "Topic: demo …
 * Replicas: 0,1,2 Isr: 1,2 …". In the shell's own language, for the image may have no other programs.
 */
function inSyncScript({ classPath }: KafkaValues, { address, properties }: ToolAccess): string {
  return `lines=$(java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx64m -cp '${classPath}' \
  org.apache.kafka.tools.TopicCommand --bootstrap-server ${address} --command-config ${properties} \
  --describe --under-replicated-partitions) || exit 1
while read -r line; do
  set -- $line
  replicas= isr=
  while [ $# -gt 1 ]; do
    case $1 in Replicas:) replicas=$2 ;; Isr:) isr=$2 ;; esac
    shift
  done
  case ,$replicas, in *,$NODE_ID,*) ;; *) continue ;; esac
  case ,$isr, in *,$NODE_ID,*) ;; *) echo "not in sync: $line" && exit 1 ;; esac
done <<END
$lines
END
`;
}
