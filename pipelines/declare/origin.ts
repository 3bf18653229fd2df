/** Where in a message a field's value is, and how its time is written. */

/**
 * Where a field's value comes from: one of these, or none. Default: the member of the message's object, or the column of its
 * line, that has the field's name.
 */
export type Origin =
  | {
      /**
       * A JSONPath, such as `$.customer.address.city`, `$.items[0].price`, or `$.items[*].sku` for a list. Not in CSV and TSV.
       * Names with other characters are written `$['user-agent']`.
       */
      readonly path?: string;
      readonly kafka?: undefined;
      readonly expression?: undefined;
    }
  | {
      readonly path?: undefined;
      /** The message's key, as text, its topic, or one of its headers: `header:NAME`. */
      readonly kafka?: "key" | "topic" | `header:${string}`;
      readonly expression?: undefined;
    }
  | {
      readonly path?: undefined;
      readonly kafka?: undefined;
      /** A Druid expression of the message's other fields, such as `"price" * "pieces"`. */
      readonly expression?: string;
    };

/** Where the time is: in the message, or Kafka's own timestamp. */
export type TimeOrigin =
  | { readonly path?: string; readonly kafka?: undefined }
  | { readonly path?: undefined; readonly kafka?: "timestamp" };

/**
 * How a message's time is written.
 *
 * - `auto`: a number of seconds, ms, µs or ns since 1970, told apart by its size, or ISO 8601.
 * - `seconds` (fractions too), `milliseconds`, `microseconds`, `nanoseconds`: since 1970, as a number or a text.
 * - `iso`: ISO 8601 with any offset; without one it is UTC.
 * - a Joda pattern, such as `{ pattern: "dd/MM/yyyy HH:mm:ss", zone: "Europe/Lisbon" }`. `zone` is that of texts which have
 *   none of their own. Default: UTC.
 *
 * Druid keeps whole ms: a time's µs and ns are cut.
 */
export type TimeFormat =
  | "auto"
  | "seconds"
  | "milliseconds"
  | "microseconds"
  | "nanoseconds"
  | "iso"
  | { readonly pattern: string; readonly zone?: string };
