/** Items in groups of equal starts, each group and the items within it in the order of the list. */
export function groupByStarts<Item>(
  items: readonly Item[],
  startsOf: (item: Item) => Float64Array,
): readonly (readonly Item[])[] {
  const groups: { readonly starts: Float64Array; readonly items: Item[] }[] = [];
  const alike = new Map<string, typeof groups>();
  for (const item of items) {
    const starts = startsOf(item);
    const key = `${starts.length} ${starts.reduce((sum, start) => sum + start, 0)}`;
    const candidates = alike.get(key) ?? [];
    const known = candidates.find((group) => isEqual(group.starts, starts));
    if (known === undefined) {
      const group = { starts, items: [item] };
      groups.push(group);
      alike.set(key, [...candidates, group]);
    } else {
      known.items.push(item);
    }
  }
  return groups.map((group) => group.items);
}

function isEqual(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((start, index) => start === b[index]);
}
