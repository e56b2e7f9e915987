import { type Day, readDay } from '../../domain/statement/day.ts';
import { WrongUse } from './house.ts';

export function dayArgument(text: string): Day {
  const day = readDay(text);
  if (day === undefined) throw new WrongUse('A day is written like 2026-11-21.');
  return day;
}
