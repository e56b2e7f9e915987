import { surveyBoundaries } from './cruise-boundaries.ts';

/** `npm run boundaries`: fails on a violation, and as well when there was nothing to read, which would prove nothing. */
const { read, violations } = await surveyBoundaries(process.cwd());
for (const { rule, from, to } of violations) console.error(`${rule}: ${from} -> ${to}`);
if (read < 10) console.error(`Only ${read} modules were read: this proves nothing.`);
console.log(`${read} modules read, ${violations.length} boundary violations.`);
process.exitCode = violations.length > 0 || read < 10 ? 1 : 0;
