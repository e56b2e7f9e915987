import { eventPage } from '../../answers/event.ts';
import { enabledWebhooks, replayedWebhooks, webhook, webhookPage } from '../../answers/webhook.ts';
import { EVENT, WEBHOOK } from '../examples.ts';
import { answers, type Operation, STORAGE } from '../operation.ts';

export const WEBHOOKS: Readonly<Record<string, Operation>> = {
  'GET /v1/merchant/events': {
    id: 'readEvents',
    tag: 'webhooks',
    summary: 'Read on in the event log',
    description:
      'In the order in which they were written: whoever goes on behind `next_after` misses none. With `wait` an empty page is only answered when the time is over.',
    answers: [answers(eventPage, { events: [EVENT], next_after: EVENT.id }, 'What comes behind `after`.')],
    refuses: STORAGE,
  },
  'GET /v1/merchant/webhooks': {
    id: 'listWebhooks',
    tag: 'webhooks',
    summary: 'List what the receiver was told and is to be told',
    answers: [
      answers(webhookPage, { webhooks: [WEBHOOK], next_after: null, disabled_at: null }, 'A page, oldest first.'),
    ],
    refuses: STORAGE,
  },
  'GET /v1/merchant/webhooks/{event_id}': {
    id: 'readWebhook',
    tag: 'webhooks',
    summary: 'Read what became of one',
    answers: [answers(webhook, WEBHOOK, 'The webhook with its last tries.')],
    refuses: ['webhook-not-found', ...STORAGE],
  },
  'POST /v1/merchant/webhooks/{event_id}/replay': {
    id: 'replayWebhook',
    tag: 'webhooks',
    summary: 'Have one sent again',
    description: 'Under the same id, whatever became of it before.',
    answers: [
      answers(
        webhook,
        { ...WEBHOOK, state: 'waiting', due_at: '2026-11-25T09:00:00.000Z' },
        'The webhook, which waits.',
      ),
    ],
    refuses: ['webhook-not-found', 'webhooks-off', ...STORAGE],
  },
  'POST /v1/merchant/webhooks/replay': {
    id: 'replayWebhooks',
    tag: 'webhooks',
    summary: 'Have a range sent again',
    description: 'The dead letters from one id to another, or those that were delivered; at most 500 at a time.',
    example: { from: 'evt_0000000000000001', to: 'evt_0000000000000004', state: 'dead' },
    answers: [answers(replayedWebhooks, { replayed: 4, next_from: null }, 'How many, and where to go on.')],
    refuses: ['webhook-not-found', 'webhooks-off', ...STORAGE],
  },
  'POST /v1/merchant/webhooks/enable': {
    id: 'enableWebhooks',
    tag: 'webhooks',
    summary: 'Send again to a receiver that answered 410',
    answers: [answers(enabledWebhooks, { disabled_at: null }, 'It is told what it has missed, soon.')],
    refuses: ['webhooks-off', ...STORAGE],
  },
};
