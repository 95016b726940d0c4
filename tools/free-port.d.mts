export const ports: { from: number; before: number };
export function freePort(): Promise<number>;
