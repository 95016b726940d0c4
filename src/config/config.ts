import { join } from 'node:path';
import { developmentSecret, secretFault } from './secret.js';
import { settings, type Config, type Mode, type Setting } from './settings.js';

/** All that is wrong with the settings, one sentence each, so that an operator mends them in one go. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The settings are not acceptable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

type Env = Readonly<Record<string, string | undefined>>;

export function loadConfig(env: Env): Config {
  const faults: string[] = [];
  const mode = modeOf(env);
  const read = Object.entries(settings).map(([name, setting]) => [name, valueOf(name, setting as Setting<unknown>, { env, mode, faults })]);
  const config = Object.fromEntries(read) as Omit<Config, 'JWT_SECRET' | 'PUBLIC_URL'> & Partial<Config>;
  if ((config.GOOGLE_CLIENT_ID === undefined) !== (config.GOOGLE_CLIENT_SECRET === undefined)) {
    faults.push('GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET go together: set both or neither');
  }
  if (config.METRICS_TOKEN !== undefined && config.METRICS_TOKEN.length < 16) faults.push('METRICS_TOKEN must have 16 characters or more');
  const fault = secretFault(config.JWT_SECRET, mode);
  if (fault !== undefined) faults.push(`JWT_SECRET ${fault}`);
  if (faults.length > 0) throw new ConfigError(faults);
  return {
    ...config,
    PUBLIC_URL: config.PUBLIC_URL ?? `http://localhost:${config.PORT}`,
    JWT_SECRET: config.JWT_SECRET ?? developmentSecret(join(config.DATA_DIR, 'jwt-secret')),
  };
}

function modeOf(env: Env): Mode {
  return env.NODE_ENV === 'production' || env.NODE_ENV === 'test' ? env.NODE_ENV : 'development';
}

function valueOf(name: string, setting: Setting<unknown>, { env, mode, faults }: { env: Env; mode: Mode; faults: string[] }): unknown {
  const raw = env[name]?.trim();
  if (raw === undefined || raw === '') {
    return typeof setting.fallback === 'function' ? (setting.fallback as (mode: Mode) => unknown)(mode) : setting.fallback;
  }
  try {
    return setting.parse(raw);
  } catch (error) {
    faults.push(`${name} ${(error as Error).message}`);
    return undefined;
  }
}
