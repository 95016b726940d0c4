interface Noticed {
  sent: number;
  failed: number;
  p50: number;
  p99: number;
}

export interface FloodRow {
  name: string;
  calm: Noticed;
  flood: Noticed & { answered: number; refused: number; cut: number };
}

export const floodSettings: Record<string, string>;
export const kinds: { sockets: string[]; rest: string[] };
export function floodAt(url: string, names: readonly string[], seconds: number, tell?: (row: FloodRow) => void): Promise<FloodRow[]>;
