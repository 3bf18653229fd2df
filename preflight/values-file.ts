/** Apps whose values are in another app's file. */
const within: Readonly<Record<string, string>> = { zookeeper: "druid", derby: "druid" };

/** Name of the values file of a stack that an app's settings belong into. */
export function valuesFile(app: string, stack: string): string {
  return `charts-values/${within[app] ?? app}.${stack}.yaml`;
}
