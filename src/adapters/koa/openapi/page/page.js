'use strict';

/** Makes an element. All text goes in as text, so nothing that the document says can become markup. */
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** `code` between backticks, as code. */
const prose = (tag, text = '') =>
  make(tag, {}, ...text.split('`').map((part, place) => (place % 2 === 1 ? make('code', {}, part) : part)));

const pretty = (value) =>
  make('pre', { tabIndex: 0 }, typeof value === 'string' ? value : JSON.stringify(value, null, 2));

/** The document; nothing is drawn before it is here. */
let api;

const deref = (thing) =>
  thing?.$ref === undefined
    ? thing
    : thing.$ref
        .slice(2)
        .split('/')
        .reduce((at, name) => at[name], api);
const nameOf = ({ $ref = '' }) => $ref.split('/').at(-1);

/** A type in a few words. */
function typeOf(schema = {}) {
  if (schema.$ref) return nameOf(schema);
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.map(typeOf).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((word) => JSON.stringify(word)).join(' | ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  return [schema.type ?? 'anything', schema.format].filter(Boolean).join(', ');
}

/** Every field there may be; those of what is nested, with dots. No schema of ours has itself inside. */
function fieldsOf(schema, before = '') {
  const { properties = {}, required = [], items, anyOf = [], oneOf = [] } = deref(schema);
  const own = Object.entries(properties).flatMap(([name, field]) => [
    { name: before + name, field, isNeeded: required.includes(name) },
    ...fieldsOf(field, `${before}${name}.`),
  ]);
  const inner = [items, ...anyOf, ...oneOf].filter(Boolean).flatMap((one) => fieldsOf(one, before));
  const byName = new Map([...own, ...inner].map((one) => [one.name, one]));
  return [...byName.values()];
}

const row = (name, schema, isNeeded, description) => [
  make('dt', {}, make('code', {}, name), make('small', {}, ` ${typeOf(schema)}${isNeeded ? ', needed' : ''}`)),
  prose('dd', description ?? ''),
];

const parametersOf = (parameters) =>
  parameters.length > 0
    ? [
        make('h3', {}, 'Parameters'),
        make(
          'dl',
          {},
          ...parameters
            .map(deref)
            .flatMap((one) => row(`${one.name} (${one.in})`, one.schema, one.required, one.description)),
        ),
      ]
    : [];

function contentOf(content = {}) {
  return Object.entries(content).flatMap(([type, { schema, example, examples = {} }]) => [
    make('p', {}, make('small', {}, type)),
    type === 'application/problem+json' || !schema
      ? null
      : make(
          'dl',
          {},
          ...fieldsOf(schema).flatMap(({ name, field, isNeeded }) => row(name, field, isNeeded, field.description)),
        ),
    example === undefined ? null : pretty(example),
    ...Object.values(examples).map((one) => pretty(deref(one).value)),
  ]);
}

function answer([status, response]) {
  const inside = make('div', {}, ...contentOf(response.content));
  const title = make('summary', {}, make('b', {}, status), prose('span', response.description));
  return make('details', {}, title, inside);
}

function operation(path, method, told) {
  const who = told.security.flatMap((one) => Object.keys(one)).join(', ');
  const inside = make(
    'div',
    {},
    told.description ? prose('p', told.description) : null,
    make(
      'p',
      {},
      make(
        'small',
        {},
        who ? `Credential: ${who}. ${api.components.securitySchemes[who].description}` : 'No credential.',
      ),
    ),
    ...parametersOf(told.parameters),
    ...(told.requestBody ? [make('h3', {}, 'Body'), ...contentOf(told.requestBody.content)] : []),
    make('h3', {}, 'Answers'),
    ...Object.entries(told.responses).map(answer),
  );
  const title = make(
    'summary',
    {},
    make('b', {}, method.toUpperCase()),
    make('code', {}, path),
    prose('span', told.summary),
  );
  return make('details', { id: told.operationId, className: 'operation' }, title, inside);
}

function draw() {
  const all = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, told]) => ({ tag: told.tags[0], element: operation(path, method, told) })),
  );
  const sections = api.tags.map(({ name, description }) => {
    const own = all.filter(({ tag }) => tag === name).map(({ element }) => element);
    return make('section', {}, make('h2', {}, name), prose('p', description), ...own);
  });
  document
    .querySelector('#main')
    .replaceChildren(...api.info.description.split('\n\n').map((text) => prose('p', text)), ...sections);
}

/** Shows what has every word of the search in it. */
function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const element of document.querySelectorAll('.operation')) {
    const inside = element.textContent.toLowerCase();
    element.hidden = !words.every((word) => inside.includes(word));
    if (!element.hidden) found += 1;
  }
  for (const section of document.querySelectorAll('section'))
    section.hidden = section.querySelector('.operation:not([hidden])') === null;
  document.querySelector('#found').textContent = words.length > 0 ? `${found} found` : '';
}

/** A link to one operation opens it. */
function openLinked() {
  const linked = document.getElementById(location.hash.slice(1));
  if (linked instanceof HTMLDetailsElement) linked.open = true;
  linked?.scrollIntoView();
}

async function begin() {
  const answer = await fetch('/openapi.json');
  api = await answer.json();
  draw();
  const box = document.querySelector('#search');
  box.addEventListener('input', () => search(box.value));
  search(box.value);
  openLinked();
  addEventListener('hashchange', openLinked);
}

begin().catch((error) => {
  document.querySelector('#main').textContent = `openapi.json could not be read: ${error.message}`;
});
