import { z } from "../zod";
import { atLeast, imageFields, podFields, resources } from "./fragments";

/** Schema of charts-values/producer.yaml. */
export const producer = z.strictObject({
  image: z
    .strictObject({
      repository: imageFields.repository.describe("Name of the image below imageRegistry."),
      pullPolicy: imageFields.pullPolicy,
      build: z
        .strictObject({
          baseImage: z
            .string()
            .min(1)
            .describe(
              "Image of Node that the image is built on, or that pods run with the program mounted.",
            ),
        })
        .describe("How the image is built."),
    })
    .describe(
      "Where imageRegistry or kindCluster is set, the image is built here from producer/, and tagged by its content. Elsewhere pods run build.baseImage, with the program mounted from a ConfigMap.",
    ),
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
