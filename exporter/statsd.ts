import { Counter, Gauge, type Registry, Summary } from "prom-client";

/** `name:value|type`, and a rate of sampling. */
const line = /^([^:|]{1,200}):(-?[\d.]+(?:e-?\d+)?)\|(c|g|ms)(?:\|@([\d.]+))?$/i;
/** As many names are kept at most, whatever is sent. */
const maxNames = 500;

/** The counters, gauges and timers that Superset sends as lines of statsd. */
export class StatsdLines {
  private readonly metrics = new Map<string, Counter | Gauge | Summary>();

  constructor(private readonly registry: Registry) {}

  /** Takes a packet. What is no line of statsd is passed over. */
  add(packet: string): void {
    for (const text of packet.split("\n")) {
      const [, name, value, type, rate = "1"] = line.exec(text.trim()) ?? [];
      if (name === undefined || !Number.isFinite(Number(value))) continue;
      this.addOne(name, Number(value), (type ?? "").toLowerCase(), Number(rate));
    }
  }

  private addOne(name: string, value: number, type: string, rate: number): void {
    const metric = this.metricOf(`superset_${name.replace(/[^a-zA-Z0-9_]+/g, "_")}`, type);
    if (metric === undefined) return;
    if (metric instanceof Counter) metric.inc(Math.max(0, value) / (rate || 1));
    else if (metric instanceof Gauge) metric.set(value);
    else metric.observe(value);
  }

  private metricOf(base: string, type: string): Counter | Gauge | Summary | undefined {
    const suffix = { c: "_total", ms: "_milliseconds" }[type] ?? "";
    const name = `${base}${suffix}`;
    const known = this.metrics.get(name);
    if (known !== undefined) return known;
    // A name of the exporter's own is not Superset's to use.
    if (this.metrics.size >= maxNames || this.registry.getSingleMetric(name)) return undefined;
    const options = { name, help: "Told by Superset.", registers: [this.registry] };
    const made =
      type === "c"
        ? new Counter(options)
        : type === "g"
          ? new Gauge(options)
          : // Without quantiles: sum and count can be added up.
            new Summary({ ...options, percentiles: [] });
    this.metrics.set(name, made);
    return made;
  }
}
