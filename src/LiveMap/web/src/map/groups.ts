// Where most of the reps are.
import { boundsOf, type Bounds } from '../geo.ts';

type Point = readonly [longitude: number, latitude: number];

/** Farther apart than this, in degrees, reps do not fit into one useful view. */
const WIDE = 12;

/** The bounds of all points, or, where they lie on different ends of the world, of the largest group of neighbours. */
export function usefulBounds(points: readonly Point[]): Bounds | undefined {
  const whole = boundsOf(points);
  if (!whole || (whole[2] - whole[0] <= WIDE && whole[3] - whole[1] <= WIDE)) return whole;
  const cellOf = ([longitude, latitude]: Point) => `${Math.floor(longitude / 2)}/${Math.floor(latitude / 2)}`;
  const cells = new Map<string, Point[]>();
  for (const point of points) {
    const cell = cellOf(point);
    const known = cells.get(cell);
    if (known) known.push(point);
    else cells.set(cell, [point]);
  }
  const [fullest] = [...cells.values()].sort((a, b) => b.length - a.length);
  const [longitude, latitude] = fullest![0]!;
  return boundsOf(points.filter(([x, y]) => Math.abs(x - longitude) < 2 && Math.abs(y - latitude) < 2));
}
