import { type AirflowValues, airflow } from "./airflow";
import { type DruidValues, druid } from "./druid";
import { type KafkaValues, kafka } from "./kafka";
import { type MonitoringValues, monitoring } from "./monitoring";
import { type PostgresValues, postgres } from "./postgres";
import { type ProducerValues, producer } from "./producer";
import { type SupersetValues, superset } from "./superset";

/** The schema of each file of charts-values/. */
export const serviceSchemas = { kafka, druid, postgres, superset, producer, airflow, monitoring };

export interface ServiceValues {
  readonly kafka: KafkaValues;
  readonly druid: DruidValues;
  readonly postgres: PostgresValues;
  readonly superset: SupersetValues;
  readonly producer: ProducerValues;
  readonly airflow: AirflowValues;
  readonly monitoring: MonitoringValues;
}
