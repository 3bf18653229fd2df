/** Where the exporter is, for those who send it metrics, and for those who scrape it. */

/** Name of the Service, and of the software in the pods' labels. */
export const exporterName = "exporter";

/** TCP, but for statsd. exporter/main.ts listens on them. */
export const exporterPorts = { metrics: 9102, druid: 9103, statsd: 9125 } as const;

/** Where Druid's HTTP emitter posts. */
export const druidEventsUrl = `http://${exporterName}:${exporterPorts.druid}/druid`;

/** `host:port` of statsd, by UDP. */
export const statsdAddress = `${exporterName}:${exporterPorts.statsd}`;

/** Of the exporter beside PostgreSQL. */
export const postgresExporterPort = 9187;
