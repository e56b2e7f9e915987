import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { apiDocument, operationsOf } from '../support/api-document.ts';

const SCRIPT = readFileSync(new URL('../../src/adapters/koa/openapi/page/page.js', import.meta.url), 'utf8');

/** As much of an element as the page makes use of. */
class Element {
  readonly tag: string;
  readonly children: (Element | string)[] = [];
  className = '';
  id = '';
  hidden = false;
  open = false;
  value = '';
  heard: Record<string, () => void> = {};

  constructor(tag: string) {
    this.tag = tag;
  }

  append(...children: (Element | string)[]): void {
    this.children.push(...children);
  }

  replaceChildren(...children: (Element | string)[]): void {
    this.children.splice(0, Infinity, ...children);
  }

  addEventListener(name: string, hear: () => void): void {
    this.heard[name] = hear;
  }

  scrollIntoView(): void {}

  get textContent(): string {
    return this.children.map((child) => (typeof child === 'string' ? child : child.textContent)).join(' ');
  }

  set textContent(text: string) {
    this.replaceChildren(text);
  }

  all(): Element[] {
    return this.children.flatMap((child) => (child instanceof Element ? [child, ...child.all()] : []));
  }

  querySelectorAll(selector: string): Element[] {
    if (selector === '.operation') return this.all().filter(({ className }) => className === 'operation');
    if (selector === 'section') return this.all().filter(({ tag }) => tag === 'section');
    throw new Error(`unknown selector ${selector}`);
  }

  querySelector(selector: string): Element | null {
    if (selector !== '.operation:not([hidden])') throw new Error(`unknown selector ${selector}`);
    return this.querySelectorAll('.operation').find(({ hidden }) => !hidden) ?? null;
  }
}

class Details extends Element {}

/** Opens the page as a browser does, at this place of it. */
async function open(hash = '', answer: () => Promise<unknown> = async () => ({ json: async () => apiDocument() })) {
  const parts = { main: new Element('main'), search: new Element('input'), found: new Element('p') };
  const document = {
    createElement: (tag: string) => (tag === 'details' ? new Details(tag) : new Element(tag)),
    querySelector: (selector: string) => parts[selector.slice(1) as keyof typeof parts],
    querySelectorAll: (selector: string) => parts.main.querySelectorAll(selector),
    getElementById: (id: string) => parts.main.all().find((element) => element.id === id) ?? null,
  };
  const fetch = vi.fn<(url: string) => Promise<unknown>>(answer);
  const page = { document, fetch, location: { hash }, addEventListener() {}, HTMLDetailsElement: Details };
  runInContext(SCRIPT, createContext(page));
  await vi.waitFor(() => expect(parts.main.children.length).toBeGreaterThan(0));
  const search = (text: string): string[] => {
    parts.search.value = text;
    parts.search.heard['input']!();
    return document
      .querySelectorAll('.operation')
      .filter(({ hidden }) => !hidden)
      .map(({ id }) => id);
  };
  return { ...parts, fetch, search };
}

describe('the page of the document', () => {
  it('shows every operation with its path, its answers and its problems, and asks this server alone', async () => {
    const { fetch, main } = await open();
    expect(fetch.mock.calls).toEqual([['/openapi.json']]);
    const shown = new Map(main.querySelectorAll('.operation').map((element) => [element.id, element.textContent]));
    const operations = operationsOf(apiDocument());
    expect(shown.size).toBe(operations.length);
    for (const [name, { operationId, responses, summary }] of operations) {
      const text = shown.get(operationId)!;
      for (const part of [...name.split(' '), summary.split('`')[0]!, ...Object.keys(responses)])
        expect(text).toContain(part);
    }
    expect(shown.get('createOrder')).toMatch(/amount\.total/);
    expect(shown.get('createOrder')).toMatch(/urn:wexagon:problem:out-trade-no-taken/);
  });

  it('finds what has every word in it, and hides the rest', async () => {
    const { found, main, search } = await open();
    expect(search('wx.requestPayment')).toEqual(['payOwnOrder']);
    expect(found.textContent).toBe('1 found');
    expect(main.querySelectorAll('section').filter(({ hidden }) => !hidden)).toHaveLength(1);
    expect(search('REFUND 申请退款')).toEqual(['refundOrder']);
    expect(search('refund zebra')).toEqual([]);
    expect(search('').length).toBeGreaterThan(30);
    expect(found.textContent).toBe('');
  });

  it('opens the operation that it is linked to', async () => {
    const { main } = await open('#refundOrder');
    const opened = main.querySelectorAll('.operation').filter((element) => element.open);
    expect(opened.map(({ id }) => id)).toEqual(['refundOrder']);
  });

  it('says so when there is nothing to show', async () => {
    const { main } = await open('', () => Promise.reject(new Error('gone')));
    expect(main.textContent).toContain('gone');
  });
});
