/** Settings of a datasource in Druid's coordinator: which segments stay, and how they are compacted. */
import { isSame, withDrift } from "../drift";
import { type JsonObject, jsonObjectOf } from "../json";
import { getCompaction, getRules, removeCompaction, setCompaction, setRules } from "./api";

export interface DatasourceSettings {
  /** Load and drop rules, the first that fits a segment counts. None: the cluster's default, to load all. */
  readonly rules?: readonly JsonObject[];
  /** Configuration of automatic compaction, without the datasource's name. None: no compaction. */
  readonly compaction?: JsonObject;
}

export interface AppliedSettings {
  readonly declared: DatasourceSettings;
  /** As Druid read them, right after they were last sent. */
  readonly live: DatasourceSettings;
}

/** Sends rules and compaction where they differ: each request is an entry of Druid's audit log. */
export async function applySettings(
  url: string,
  datasource: string,
  wanted: DatasourceSettings,
  before?: AppliedSettings,
): Promise<AppliedSettings> {
  const declared = jsonObjectOf({
    rules: wanted.rules,
    compaction: wanted.compaction,
  }) as DatasourceSettings;
  const live = await readSettings(url, datasource);
  const isApplied = (key: keyof DatasourceSettings) =>
    isSame(before?.declared[key], declared[key]) && isSame(before?.live[key], live[key]);
  if (!isApplied("rules") && !isSame(live.rules, declared.rules ?? [])) {
    await setRules(url, datasource, declared.rules ?? []);
  }
  if (!isApplied("compaction")) {
    await putCompaction(url, datasource, declared.compaction, live.compaction);
  }
  return { declared, live: await readSettings(url, datasource) };
}

async function putCompaction(
  url: string,
  datasource: string,
  wanted: JsonObject | undefined,
  live: JsonObject | undefined,
): Promise<void> {
  if (wanted !== undefined) {
    await setCompaction(url, datasource, wanted);
  } else if (live !== undefined) {
    await removeCompaction(url, datasource);
  }
}

/** Rules and compaction as declared, with the live value where one drifted. */
export async function driftOfSettings(
  url: string,
  datasource: string,
  applied: AppliedSettings = { declared: {}, live: { rules: [] } },
): Promise<DatasourceSettings> {
  const live = await readSettings(url, datasource);
  return withDrift(applied.declared, applied.live, live) as DatasourceSettings;
}

/** Deletes both, so that a later datasource of this name does not get them. */
export async function removeSettings(url: string, datasource: string): Promise<void> {
  const { rules = [], compaction } = await readSettings(url, datasource);
  await putCompaction(url, datasource, undefined, compaction);
  if (rules.length > 0) await setRules(url, datasource, []);
}

async function readSettings(url: string, datasource: string): Promise<DatasourceSettings> {
  const rules = await getRules(url, datasource);
  const { dataSource: _, ...compaction } = (await getCompaction(url, datasource)) ?? {};
  const isCompacted = Object.keys(compaction).length > 0;
  return jsonObjectOf({
    rules,
    compaction: isCompacted ? compaction : undefined,
  }) as DatasourceSettings;
}
