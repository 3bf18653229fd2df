import { parseArgs } from "node:util";
import { discoverStreams } from "../pipelines";
import type { Stream } from "../pipelines/declare/stream";
import { withHttp } from "../resources/connection";
import { describeLost } from "../resources/druid/health";
import { skipLost } from "../resources/druid/skip-lost";
import { topicReader, topicView } from "../resources/druid/topic-view";
import { errorText } from "../resources/error-text";
import { druidLogin, kafkaOf, readOutputs, type StackOutputs, targetOf } from "../verify/outputs";
import { specOf } from "../verify/reading";

/**
 * Lets Druid continue where Kafka deleted messages before Druid read them, at the first that Kafka has. No other offset
 * changes. Says what is lost.
 *
 * @param stream all of the stack's by default
 */
async function resetOffsets(outputs: StackOutputs, stream?: string): Promise<void> {
  const deployed = discoverStreams().filter(({ name }) => outputs.pipelines[name]);
  const chosen = deployed.filter(({ name }) => stream === undefined || name === stream);
  if (chosen.length === 0) {
    const names = deployed.map(({ name }) => name).join(", ");
    throw new Error(`the stack has no stream "${stream}"; it has ${names}`);
  }
  for (const one of chosen) console.log(`Stream ${one.name}: ${await resetStream(outputs, one)}.`);
}

async function resetStream(outputs: StackOutputs, stream: Stream): Promise<string> {
  const view = topicView(topicReader(kafkaOf(outputs)), specOf(stream));
  const lost = await withHttp(
    { kubernetes: targetOf(outputs, "druid") },
    (url) => skipLost(url, stream.ingestion.datasource, view),
    { login: druidLogin(outputs) },
  );
  return lost.length === 0
    ? "no message is lost, and nothing was changed"
    : `${describeLost(lost)}. Druid reads again`;
}

const { values } = parseArgs({
  options: { outputs: { type: "string", default: "-" }, stream: { type: "string" } },
});
resetOffsets(readOutputs(values.outputs), values.stream || undefined).catch((error: unknown) => {
  console.error(errorText(error));
  process.exitCode = 1;
});
