import type { Context } from 'koa';
import { answerFault, say, type Speech } from './fault-answer.ts';
import { isExecuted, type FaultyCall } from './faults.ts';
import type { World } from './world.ts';

/** Runs a call, notes it, and lets an ordered fault befall it before or after it was executed. */
export async function underFaults<Answer>(
  ctx: Context,
  { faults, ledger }: World,
  call: FaultyCall,
  speech: Speech<Answer>,
  work: () => Answer | Promise<Answer>,
): Promise<void> {
  const fault = faults.take(call);
  if (fault) {
    const answer = isExecuted(fault) ? await work() : undefined;
    ledger.note(call, `fault ${fault.kind}`, speech.api);
    return answerFault(ctx, fault, speech, answer);
  }
  const answer = await work();
  ledger.note(call, speech.outcomeOf(answer), speech.api);
  say(ctx, speech, answer);
}
