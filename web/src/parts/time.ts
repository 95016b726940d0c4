const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayAndYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

export const timeOfDay = (iso: string): string => clock.format(new Date(iso));
export const fullMoment = (iso: string): string => moment.format(new Date(iso));
export const dayKey = (iso: string): string => new Date(iso).toDateString();

/** Today, Yesterday, Thursday, 6 November, or with the year when it was another one. */
export function dayName(iso: string, now = new Date()): string {
  const date = new Date(iso);
  const days = Math.round((startOf(now) - startOf(date)) / 86_400_000);
  if (days === 0 || days === 1) return capital(ago.format(-days, 'day'));
  return (date.getFullYear() === now.getFullYear() ? day : dayAndYear).format(date);
}

/** How long ago, in the largest fitting unit. */
export function since(iso: string, now = Date.now()): string {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (seconds < 90) return 'just now';
  if (seconds < 3600) return ago.format(-Math.round(seconds / 60), 'minute');
  if (seconds < 86_400) return ago.format(-Math.round(seconds / 3600), 'hour');
  return seconds < 30 * 86_400 ? ago.format(-Math.round(seconds / 86_400), 'day') : dayAndYear.format(new Date(iso));
}

const startOf = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
const capital = (text: string): string => `${text.charAt(0).toLocaleUpperCase()}${text.slice(1)}`;
