/** Names and their values, one below the other: as a terminal shows them, where a Chinese character takes two places. */
export function columns(rows: readonly (readonly [name: string, value: string])[]): string {
  const widest = Math.max(...rows.map(([name]) => widthOf(name)));
  const longest = Math.max(...rows.map(([, value]) => value.length));
  const gap = (name: string) => ' '.repeat(widest - widthOf(name) + 2);
  return rows.map(([name, value]) => `${name}${gap(name)}${value.padStart(longest)}`).join('\n');
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g;

const widthOf = (text: string): number => text.length + (text.match(WIDE)?.length ?? 0);
