import type { Dashboard } from "./dashboard";
import type { EventFields } from "./fields";
import type { MessageFormat } from "./format";
import type { Metric } from "./metrics";
import type { IngestionOptions, ProducerOptions, TopicOptions } from "./options";

/** A declaration, whatever its types say. */
export interface Declaration {
  readonly name: string;
  readonly event: EventFields;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly format?: MessageFormat;
  readonly topic?: TopicOptions;
  readonly ingestion?: IngestionOptions;
  readonly producer?: Pick<ProducerOptions<EventFields, never>, "intervalMs"> & {
    readonly forEach: string;
    readonly ranges: Readonly<Record<string, Readonly<Record<string, Range>>>>;
    readonly choices?: Readonly<Record<string, readonly unknown[] | undefined>>;
  };
  readonly sentBy?: "exporter";
  readonly dashboard?: Dashboard;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}
