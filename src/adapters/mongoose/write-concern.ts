/*
 * What a connection string asks for, and whether what we acknowledge would last. The configuration asks before
 * mongoose is loaded, so nothing of it is known here. No sentence repeats a value: a password may be in its place.
 */

interface Rule {
  /** In small letters: an option's name may be written in any. */
  readonly names: readonly string[];
  readonly allowed: readonly string[];
  readonly sentence: string;
}

const RULES: readonly Rule[] = [
  {
    names: ['w'],
    allowed: ['majority'],
    sentence: 'must not set w to anything but majority: what only some servers have is lost when they fail',
  },
  {
    names: ['journal', 'j', 'fsync'],
    allowed: ['true'],
    sentence: 'must not switch the journal off: what is not in it is lost in a power cut',
  },
  {
    names: ['retrywrites'],
    allowed: ['true'],
    sentence: 'must not switch retryWrites off: every change of the primary would fail writes that need not fail',
  },
  {
    names: ['readpreference'],
    allowed: ['primary'],
    sentence: 'must not set readPreference to anything but primary: on servers that lag behind, ended sessions live on',
  },
  {
    names: ['readconcernlevel'],
    allowed: ['local', 'majority', 'linearizable'],
    sentence:
      'must not set readConcernLevel to anything but local, majority or linearizable: others show what may not last',
  },
];

/** Why the database must not be used as the connection string asks for it, to be read behind the variable's name. */
export function weaknessOf(url: string): string | undefined {
  const options = optionsOf(url);
  const broken = RULES.filter(({ names, allowed }) =>
    options.some(([name, value]) => names.includes(name) && !allowed.includes(value)),
  );
  return broken.length > 0 ? broken.map(({ sentence }) => sentence).join('; it ') : undefined;
}

/** The names of all options that the connection string sets, in small letters. */
export const optionNamesOf = (url: string): string[] => optionsOf(url).map(([name]) => name);

/**
 * Read as the driver does, which leaves out tabs and line ends and allows no question mark before the options.
 * Several hosts in a row make it no address for `new URL`.
 */
function optionsOf(url: string): [name: string, value: string][] {
  const text = /\?([^#]*)/.exec(url.replaceAll(/[\t\r\n]/g, ''))?.[1] ?? '';
  return [...new URLSearchParams(text)].map(([name, value]) => [name.toLowerCase(), value]);
}
