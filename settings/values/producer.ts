import { z } from "../zod";
import { atLeast, builtImageFields, imageFields, podFields, resources } from "./fragments";

/** Of charts-values/producer.yaml. */
export const producer = z.strictObject({
  image: z
    .strictObject({
      repository: imageFields.repository.describe("Name of the image below imageRegistry."),
      pullPolicy: imageFields.pullPolicy,
      build: z
        .strictObject({ baseImage: builtImageFields.build.shape.baseImage })
        .describe("How the image is made."),
    })
    .describe("Built here, from producer/, and tagged by its content."),
  maxBufferedMessages: atLeast(1).describe(
    "Messages kept while Kafka is away; more are refused, counted and said.",
  ),
  resources: resources(),
  terminationGracePeriodSeconds: atLeast(1).describe("Time for sending what is buffered."),
  ...podFields,
});

export type ProducerValues = z.output<typeof producer>;
