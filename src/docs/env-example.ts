import { settings, type Setting } from '../config/settings.js';

const heading = `# Every setting of Verbatim. Copy this file to .env and change what you need: lines that begin with # are the defaults.
# Generated from src/config/settings.ts by "npm run docs"; npm start -- --check-config tells whether a set of values is acceptable.
`;

export function envExample(): string {
  const entries = Object.entries(settings as Record<string, Setting<unknown>>);
  return [heading, ...entries.map(([name, setting]) => entry(name, setting))].join('\n');
}

function entry(name: string, setting: Setting<unknown>): string {
  return `# ${setting.about}\n# (${setting.form})\n#${name}=${setting.example ?? written(setting.fallback)}\n`;
}

function written(fallback: unknown): string {
  if (typeof fallback === 'boolean') return fallback ? 'on' : 'off';
  return typeof fallback === 'string' || typeof fallback === 'number' ? String(fallback) : '';
}
