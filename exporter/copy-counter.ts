/** A task that has told nothing for so long has ended, in ms. */
const lifeMs = 900_000;

class Group {
  at = 0;
  /** What each copy has told, added up. */
  readonly sums = new Map<string, number>();
  /** What is counted of the group. */
  counted = 0;
}

/**
 * Counts what copies of a task tell. They read the same messages, so that the one that is furthest counts alone. The ids of copies
 * differ in the last part (org.apache.druid.common.utils.IdUtils: eight letters).
 */
export class CopyCounter {
  private readonly groups = new Map<string, Group>();

  /** @param now in ms */
  constructor(private readonly now: () => number) {}

  /** @returns by how much the count of the task's group grows */
  add(metric: string, taskId: string, value: number): number {
    const key = `${metric} ${taskId.replace(/_[a-z]+$/, "")}`;
    const group = this.groups.get(key) ?? new Group();
    this.groups.set(key, group);
    group.at = this.now();
    const sum = (group.sums.get(taskId) ?? 0) + value;
    group.sums.set(taskId, sum);
    const grown = Math.max(0, sum - group.counted);
    group.counted += grown;
    this.forgetEnded();
    return grown;
  }

  private forgetEnded(): void {
    for (const [key, { at }] of this.groups) {
      if (this.now() - at > lifeMs) this.groups.delete(key);
    }
  }
}
