import type { OpenKafka } from "../connection";
import { errorText } from "../error-text";
import { fetchMetadata, metadataRequest } from "./metadata";
import { newestVersion } from "./protocol";

/**
 * A topic's own id. Empty where the brokers' topics have no ids, as those of services that speak Kafka's protocol.
 *
 * @throws Error where no broker answers, or none knows the topic
 */
export async function fetchTopicId(config: OpenKafka["config"], topic: string): Promise<string> {
  try {
    const { topics } = await fetchMetadata(config, [topic]);
    const { error = 0, id = "" } = topics[0] ?? {};
    if (error !== 0 || /^0*$/.test(id)) {
      throw new Error(`Kafka knows no topic ${topic} (error code ${error})`);
    }
    return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  } catch (error) {
    const { apiKey, version } = metadataRequest;
    const newest = await newestVersion(config, apiKey).catch(() => undefined);
    if (newest !== undefined && newest < version) return "";
    throw new Error(`the id of topic ${topic} could not be read: ${errorText(error)}`);
  }
}
