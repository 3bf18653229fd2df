import { z } from "../zod";
import { atLeast, builtImageFields, imageFields, podFields, resources } from "./fragments";

/** Schema of charts-values/producer.yaml. */
export const producer = z.strictObject({
  image: z
    .strictObject({
      repository: imageFields.repository.describe("Name of the image below imageRegistry."),
      pullPolicy: imageFields.pullPolicy,
      build: z
        .strictObject({ baseImage: builtImageFields.build.shape.baseImage })
        .describe("How the image is built."),
    })
    .describe("The image is built here from producer/, and tagged by its content."),
  maxBufferedMessages: atLeast(1).describe(
    "Messages that are kept while Kafka is unreachable. Further ones are refused, counted and logged.",
  ),
  resources: resources(),
  terminationGracePeriodSeconds: atLeast(1).describe(
    "Time that the pod has to send what is buffered, in seconds.",
  ),
  ...podFields,
});

export type ProducerValues = z.output<typeof producer>;
