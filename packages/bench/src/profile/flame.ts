/** A part of a time, and the parts it is made of. What its children leave over is its own. */
export interface Flame {
  readonly name: string;
  /** Milliseconds, those of the children included. */
  time: number;
  calls: number;
  readonly children: Flame[];
}

/** Adds a time under a path of names; the parts on the way are made as needed, and their times grow with it. */
export function addTime(root: Flame, path: readonly string[], time: number): void {
  let at = root;
  for (const name of path) {
    let child = at.children.find((flame) => flame.name === name);
    if (!child) at.children.push((child = { name, time: 0, calls: 0, children: [] }));
    child.time += time;
    child.calls++;
    at = child;
  }
}
