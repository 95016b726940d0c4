import { availableParallelism } from 'node:os';

/** Reads one kind of setting from its text; throws an Error whose message completes "NAME …". */
export interface Kind<T> {
  parse(text: string): T;
  /** How a value of this kind is written, for `.env.example`. */
  form: string;
}

/** For what becomes part of an id. */
export const name: Kind<string> = {
  form: 'up to 30 letters, digits and hyphens',
  parse(value) {
    if (!/^[a-zA-Z0-9-]{1,30}$/.test(value)) throw new Error('must be up to 30 letters, digits and hyphens');
    return value;
  },
};

export const text: Kind<string> = { form: 'text', parse: (value) => value };

export function integer(min: number, max: number): Kind<number> {
  const form = `a whole number from ${min} to ${max}`;
  return { form, parse: (value) => whole(value, { min, max, form }) };
}

function whole(text: string, { min, max, form }: { min: number; max: number; form: string }): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < min || number > max) throw new Error(`must be ${form}`);
  return number;
}

/** A number of processes; `auto`: one for each core. */
export function processes(max: number): Kind<number> {
  const form = `a whole number from 1 to ${max}, or auto: one for each core`;
  return { form, parse: (value) => (value === 'auto' ? Math.min(max, availableParallelism()) : whole(value, { min: 1, max, form })) };
}

export const onOff: Kind<boolean> = {
  form: 'on or off',
  parse(value) {
    if (['on', 'true', '1', 'yes'].includes(value.toLowerCase())) return true;
    if (['off', 'false', '0', 'no'].includes(value.toLowerCase())) return false;
    throw new Error('must be on or off');
  },
};

export function oneOf<T extends string>(...allowed: readonly T[]): Kind<T> {
  return {
    form: allowed.join(', '),
    parse(value) {
      if (!allowed.includes(value as T)) throw new Error(`must be one of ${allowed.join(', ')}`);
      return value as T;
    },
  };
}

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** NaN: it is no time. */
function secondsOf(text: string): number {
  const [, digits, unit] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? [];
  return Number(digits) * (unitSeconds[unit as keyof typeof unitSeconds] ?? 1);
}

/** A length of time, held in seconds. */
export function duration(min: number, max: number): Kind<number> {
  const isAllowed = (seconds: number): boolean => seconds >= min && seconds <= max;
  const examples = ['30', '15m', '14d'].filter((example) => isAllowed(secondsOf(example)));
  return {
    form: `seconds, or a number with s, m, h or d; ${min} to ${max} s`,
    parse(value) {
      const seconds = secondsOf(value);
      if (!isAllowed(seconds)) throw new Error(`must be a time from ${min} s to ${max} s, such as ${examples.join(' or ')}`);
      return seconds;
    },
  };
}

/** A short length of time, held in milliseconds. */
export function milliseconds(min: number, max: number): Kind<number> {
  return {
    form: `milliseconds, or a number with s; ${min} to ${max} ms`,
    parse(value) {
      const [, digits, unit] = /^(\d{1,9})(s?)$/.exec(value) ?? [];
      const time = Number(digits) * (unit === 's' ? 1000 : 1);
      if (digits === undefined || time < min || time > max) throw new Error(`must be a time from ${min} to ${max} milliseconds, such as 8000 or 8s`);
      return time;
    },
  };
}

export function url(...protocols: string[]): Kind<string> {
  return {
    form: `an address beginning with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    parse(value) {
      if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
        throw new Error(`must be an address beginning with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`);
      }
      return value.replace(/\/+$/, '');
    },
  };
}

/** Is what comes from there what its owner sent? By https, or from this machine, where nobody stands between. */
export function isSecureAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}

/** The name of an OpenID provider, exactly as the provider writes it: a slash at its end counts. */
export const issuer: Kind<string> = {
  form: 'an address beginning with https://, or with http:// on this machine',
  parse(value) {
    if (!isSecureAddress(value)) throw new Error('must be an address beginning with https://; plain http:// is for a provider on this machine');
    return value;
  },
};

/** Web origins, separated by commas, held in the form a browser sends. */
export const origins: Kind<string[]> = {
  form: 'web origins separated by commas',
  parse(value) {
    const list = value.split(',').map((part) => part.trim()).filter((part) => part !== '');
    const wrong = list.find((part) => !/^https?:\/\//.test(part) || !URL.canParse(part));
    if (wrong !== undefined) throw new Error(`must be web origins such as https://app.example.org, not "${wrong}"`);
    return list.map((part) => new URL(part).origin);
  },
};
