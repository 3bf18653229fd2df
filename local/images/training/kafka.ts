import { Kafka, logLevel } from "kafkajs";
import type { TrainingRoot } from "./root";

const properties = `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
advertised.listeners=PLAINTEXT://127.0.0.1:9092
controller.listener.names=CONTROLLER
log.dirs=/tmp/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
`;

/** A broker's life: formatted, started, a topic made, written, read in a group, stopped. */
export async function train(root: TrainingRoot): Promise<void> {
  await root.file("/tmp/server.properties", properties);
  const format = ["format", "-t", "4L6g3nShT-eMCtK--X86sw", "-c", "/tmp/server.properties"];
  await root.finish("format", ["kafka.tools.StorageTool", ...format]);
  root.start("broker", ["-Xmx384m", "kafka.Kafka", "/tmp/server.properties"]);

  const kafka = new Kafka({ brokers: ["127.0.0.1:9092"], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await root.until("the broker", 120, async () => {
    await admin.connect();
    return admin.listTopics();
  });
  await admin.createTopics({ topics: [{ topic: "training", numPartitions: 1 }] });
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  await producer.send({ topic: "training", messages: [{ key: "a", value: "b" }] });
  const consumer = kafka.consumer({ groupId: "training" });
  await consumer.connect();
  await consumer.subscribe({ topic: "training", fromBeginning: true });
  const read = new Promise<true>((resolve) => {
    consumer.run({ eachMessage: async () => resolve(true) });
  });
  await root.until("the message read", 60, () => Promise.race([read, undefined]));
  await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()]);
  await root.stop();
}
