// Who must receive what, and what has arrived: one bit for each message and member. Whatever is lost, doubled, strange or told
// differently to two members makes the run fail.

/** Whole microseconds in buckets that grow by about 3 %: 32 for each power of two. */
class Histogram {
  #counts = new Uint32Array(32 * 32);

  add(ms) {
    const us = Math.max(1, ms * 1000);
    this.#counts[Math.min(this.#counts.length - 1, Math.floor(Math.log2(us) * 32))] += 1;
  }

  /** Milliseconds below which this share of all lies. */
  quantile(share) {
    const total = this.#counts.reduce((sum, n) => sum + n, 0);
    let seen = 0;
    for (let i = 0; i < this.#counts.length; i += 1) {
      seen += this.#counts[i];
      if (seen >= total * share && seen > 0) return 2 ** ((i + 0.5) / 32) / 1000;
    }
    return 0;
  }
}

class Seat {
  bits = new Uint32Array(64);
  received = 0;
  lastSeq = 0;

  /** False when this message has been here before. */
  take(k) {
    const word = k >>> 5;
    if (word >= this.bits.length) {
      const more = new Uint32Array(Math.max(word + 1, this.bits.length * 2));
      more.set(this.bits);
      this.bits = more;
    }
    const bit = 1 << (k & 31);
    if ((this.bits[word] & bit) !== 0) return false;
    this.bits[word] |= bit;
    this.received += 1;
    return true;
  }
}

export class Ledger {
  messages = [];
  rooms;
  faults = { doubled: 0, strange: 0, disagreeing: 0, refused: 0, closed: 0 };
  disordered = 0;
  delivered = 0;
  firstRefusal;

  /** `rooms`: of each room its members, who are any objects. */
  constructor(rooms) {
    this.rooms = rooms.map((members) => ({ members, sent: 0, seqs: [], seats: new Map(members.map((member) => [member, new Seat()])) }));
    this.begin();
  }

  /** From here on figures count anew; what was said before stays known. */
  begin() {
    this.latency = new Histogram();
    this.toLast = new Histogram();
    this.acking = new Histogram();
    this.from = { messages: this.messages.length, delivered: this.delivered, disordered: this.disordered };
  }

  /** A message that is due now; its number goes into its text. */
  add(room, due) {
    const { members } = this.rooms[room];
    const entry = { n: this.messages.length, room, k: this.rooms[room].sent, due, left: members.length, acked: false, seq: 0 };
    this.rooms[room].sent += 1;
    this.messages.push(entry);
    return entry;
  }

  /** Returns the message if nobody waits for it any more. */
  deliver(member, n, seq, now) {
    const entry = this.messages[n];
    const seat = entry === undefined ? undefined : this.rooms[entry.room].seats.get(member);
    if (seat === undefined) return this.#fault('strange');
    if (!seat.take(entry.k)) return this.#fault('doubled');
    if (entry.seq === 0) this.#number(entry, seq);
    else if (entry.seq !== seq) this.faults.disagreeing += 1;
    if (seq < seat.lastSeq) this.disordered += 1;
    else seat.lastSeq = seq;
    this.delivered += 1;
    entry.left -= 1;
    this.latency.add(now - entry.due);
    if (entry.left === 0) this.toLast.add(now - entry.due);
    return entry.left === 0 && entry.acked ? entry : undefined;
  }

  ack(n, refusal, now) {
    const entry = this.messages[n];
    if (refusal !== undefined) this.firstRefusal ??= refusal;
    if (refusal !== undefined || entry === undefined) return this.#fault('refused');
    if (entry.acked) return this.#fault('doubled');
    entry.acked = true;
    this.acking.add(now - entry.due);
    return entry.left === 0 ? entry : undefined;
  }

  #number(entry, seq) {
    entry.seq = seq;
    this.rooms[entry.room].seqs.push(seq);
  }

  #fault(kind) {
    this.faults[kind] += 1;
    return undefined;
  }

  get settled() {
    return this.messages.every(({ left, acked }) => left === 0 && acked);
  }

  /** What is wrong, in words; empty when every message reached every member exactly once. `numbered`: seq counts each room from one without holes. */
  problems({ numbered }) {
    const found = Object.entries(this.faults).filter(([, n]) => n > 0).map(([kind, n]) => `${n} ${kind}`);
    const lost = this.messages.reduce((sum, { left }) => sum + left, 0);
    const unanswered = this.messages.filter(({ acked }) => !acked).length;
    if (lost > 0) found.push(`${lost} deliveries missing`);
    if (unanswered > 0) found.push(`${unanswered} without an ack`);
    if (this.firstRefusal !== undefined) found.push(`first refusal: ${this.firstRefusal}`);
    for (const { seats, sent } of this.rooms) for (const { received } of seats.values()) if (received !== sent) found.push(`a member has ${received} of ${sent}`);
    if (numbered) found.push(...this.rooms.flatMap(({ seqs }) => (isDense(seqs) ? [] : [`numbers of a room are not 1 to ${seqs.length}`])));
    return found.slice(0, 10);
  }

  /** Figures since begin(). */
  figures() {
    const round = (ms) => Math.round(ms * 100) / 100;
    return {
      messages: this.messages.length - this.from.messages,
      deliveries: this.delivered - this.from.delivered,
      p50: round(this.latency.quantile(0.5)), p99: round(this.latency.quantile(0.99)),
      last50: round(this.toLast.quantile(0.5)), last99: round(this.toLast.quantile(0.99)),
      ack50: round(this.acking.quantile(0.5)), ack99: round(this.acking.quantile(0.99)),
      disordered: this.disordered - this.from.disordered,
    };
  }
}

function isDense(seqs) {
  const sorted = Float64Array.from(seqs).sort();
  return sorted.every((seq, i) => seq === sorted[0] + i);
}
