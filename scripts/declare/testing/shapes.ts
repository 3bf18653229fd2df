/** Messages of ten shapes that people's topics have. */

export interface TestMessage {
  readonly value: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const count = 24;
const begin = Date.UTC(2026, 2, 1, 10);
const pick = <T>(values: readonly T[], n: number): T => values[n % values.length] as T;
const at = (n: number) => begin + n * 1_500;
const iso = (n: number) => new Date(at(n)).toISOString();
const make = (message: (n: number) => TestMessage): TestMessage[] =>
  Array.from({ length: count }, (_, n) => message(n));
const json = (value: object): TestMessage => ({ value: JSON.stringify(value) });
const two = (n: number) => String(n).padStart(2, "0");

export const shapes: Readonly<Record<string, readonly TestMessage[]>> = {
  "repository.events": make((n) =>
    json({
      id: String(21_000_000_000 + n),
      type: pick(["PushEvent", "IssuesEvent", "WatchEvent"], n),
      actor: { id: 100 + n, login: pick(["ada", "lin", "joe"], n) },
      repo: { id: 7, name: pick(["tools/parser", "tools/cli"], n) },
      payload: n % 3 === 0 ? { size: n, commits: [{ sha: `a${n}`, message: "Fix it" }] } : {},
      public: n % 2 === 0,
      created_at: iso(n),
    }),
  ),
  "wiki-edits": make((n) =>
    json({
      $schema: "/edit/1.0.0",
      meta: { dt: iso(n), domain: pick(["en.example.org", "de.example.org"], n) },
      type: pick(["edit", "new"], n),
      timestamp: Math.floor(at(n) / 1000),
      bot: n % 4 === 0,
      length: { old: n === 0 ? null : 100 + n, new: 110 + n },
      "parsed comment": null,
    }),
  ),
  Taxi_Trips: make((n) =>
    json({
      VendorID: pick([1, 2], n),
      tpep_pickup_datetime: `2026-03-01 10:${two(n)}:00`,
      tpep_dropoff_datetime: `2026-03-01 11:${two(n)}:00`,
      passenger_count: n % 5 === 0 ? null : (n % 4) + 1,
      trip_distance: 1.25 + n / 10,
      store_and_fwd_flag: pick(["Y", "N"], n),
      fare_amount: 10.5 + n,
    }),
  ),
  clicks: make((n) => ({
    ...json({
      page: pick(["/", "/cart", "/help"], n),
      ms: 20 + n,
      tags: n % 3 === 0 ? [] : ["a", pick(["b", "c"], n)],
    }),
    key: `session-${n % 4}`,
    headers: { source: pick(["web", "app"], n) },
  })),
  sensors: make((n) =>
    json({
      device: { id: `d-${n % 3}`, "fw.version": "1.2" },
      ts: (BigInt(at(n)) * 1_000_000n).toString(),
      serial: `${n}`,
      readings: { temperature: 20.5 + n / 10, humidity: 40 + n },
      alarm: n === 3,
    }),
  ),
  orders_lines: make((n) =>
    json({
      order_id: 5000 + n,
      placed_at: at(n),
      customer: { name: "Sample", address: { city: pick(["Porto", "Bonn"], n) } },
      items: [
        { sku: "A-1", pieces: 1, price: 5.5 },
        { sku: `B-${n % 2}`, pieces: 2, price: 7 },
      ],
      total: 19.5 + n,
    }),
  ),
  trades: make((n) => ({
    value: `{"e":"trade","E":${at(n)}001,"time":${at(n)}001,"symbol":"${pick(["AAA", "BBB"], n)}","price":"${100 + n}.1000","quantity":"0.5${n}","trade_id":900719925474099${two(n)},"maker":${n % 2 === 0}}`,
  })),
  access_log: make((n) =>
    json({
      time_local: `01/Mar/2026:10:00:${two(n)} +0000`,
      remote_addr: `192.0.2.${n}`,
      request: pick(["GET / HTTP/1.1", "GET /api HTTP/1.1"], n),
      status: pick([200, 404], n),
      body_bytes_sent: 512 + n,
      request_time: `0.01${n}`,
      "http_user-agent": "curl/8",
    }),
  ),
  weather: make((n) => ({
    value: `${pick(["PRT01", "DEU02"], n)},${iso(n)},${(12.5 + n / 10).toFixed(1)},${n % 6 === 0 ? "" : 3 + n},"light rain, wind"`,
  })),
  "shop.public.customers": make((n) =>
    json({
      before: n % 3 === 0 ? null : { id: n, email: `c${n}@example.com` },
      after: n % 3 === 2 ? null : { id: n, email: `new${n}@example.com` },
      source: {
        connector: "postgresql",
        table: "customers",
        lsn: 24_023_128 + n,
        snapshot: "false",
      },
      op: pick(["c", "u", "d"], n),
      ts_ms: at(n),
      transaction: null,
    }),
  ),
};
