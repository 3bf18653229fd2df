/** The filters above a dashboard's charts, as Superset stores them: its native filters. */
import type { DimensionFilter, JsonObject, TimeFilter } from "../declare/dashboard";
import { type SharedDashboard, sharedDashboard } from "../declare/shared-dashboard";
import type { Stream } from "../declare/stream";
import { timeRange } from "./chart-query";

/**
 * The part of the dashboard's `json_metadata` that has the filters.
 *
 * @param datasetIds Superset's number of each stream's dataset, by the stream's name
 */
export function nativeFilters(
  source: Stream | SharedDashboard,
  datasetIds: Readonly<Record<string, number>>,
): JsonObject {
  const configuration = (sharedDashboard(source)?.filters ?? []).map((filter) => {
    if (filter.kind === "time") return timeFilter(filter);
    const { name, event } = filter.stream;
    const datasetId = datasetIds[name];
    if (datasetId === undefined) throw new Error(`stream "${name}" has no dataset to filter`);
    return dimensionFilter(event, filter, datasetId);
  });
  return { native_filter_configuration: configuration };
}

/** Superset keeps what people chose by the filter's id, so it names what is filtered. */
function shared(name: string): JsonObject {
  return {
    id: `NATIVE_FILTER-${name}`,
    type: "NATIVE_FILTER",
    description: "",
    cascadeParentIds: [],
    scope: { rootPath: ["ROOT_ID"], excluded: [] },
  };
}

function timeFilter({ title, default: first }: TimeFilter): JsonObject {
  const range = timeRange(first);
  return {
    ...shared("time"),
    name: title ?? "Time range",
    filterType: "filter_time",
    targets: [{}],
    controlValues: { enableEmptyFilter: false },
    defaultDataMask:
      range === undefined
        ? { extraFormData: {}, filterState: {}, ownState: {} }
        : { extraFormData: { time_range: range }, filterState: { value: range }, ownState: {} },
  };
}

function dimensionFilter(
  event: Stream["event"],
  { dimension, title, multiple = true, default: values = [] }: DimensionFilter<string>,
  datasetId: number,
): JsonObject {
  const chosen = [...values];
  return {
    ...shared(dimension),
    name: title ?? event[dimension]?.label ?? dimension,
    filterType: "filter_select",
    targets: [{ datasetId, column: { name: dimension } }],
    controlValues: {
      multiSelect: multiple,
      enableEmptyFilter: false,
      defaultToFirstItem: false,
      inverseSelection: false,
      searchAllOptions: false,
    },
    defaultDataMask:
      chosen.length === 0
        ? { extraFormData: {}, filterState: {}, ownState: {} }
        : {
            extraFormData: { filters: [{ col: dimension, op: "IN", val: chosen }] },
            filterState: { value: chosen, label: chosen.join(", ") },
            ownState: {},
          },
  };
}
