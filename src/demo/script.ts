/** What the demo is made of. */
export const demoPassword = 'verbatim demo';
export const botName = 'echo';

export interface DemoPerson {
  username: string;
  name: string;
}

export const people: readonly DemoPerson[] = [
  { username: 'alice', name: 'Alice Archer' },
  { username: 'bob', name: 'Bob Baker' },
  { username: botName, name: 'Echo' },
];

export const rooms = [
  { slug: 'tea', name: 'Tea', topic: 'Kettles, leaves and the right temperature', owner: 'alice' },
  { slug: 'launch', name: 'Launch', topic: 'Getting the new site out of the door', owner: 'bob' },
] as const;

/** Room, who, what: in this order. */
export const script: readonly (readonly [room: string, who: string, text: string])[] = [
  ['lobby', 'alice', 'Good morning! This is the lobby: everybody who registers is here.'],
  ['lobby', 'bob', 'Morning. Is this one of those chats that lose half of what one says on the train?'],
  ['lobby', 'alice', 'No. Pull the plug while you type: it arrives once, in order, when you are back.'],
  ['lobby', 'bob', 'I tried. Twice. It did.'],
  ['lobby', 'echo', 'I am a bot. Say "echo hello" here, or write to me in private, and I answer.'],
  ['lobby', 'alice', 'There are also rooms for tea and for the launch. Come in, the earlier conversation is there for you.'],
  ['tea', 'alice', 'Darjeeling: 85 °C, three minutes, and no discussion.'],
  ['tea', 'bob', 'There is always a discussion.'],
  ['tea', 'alice', 'Then let us have it here, where it is kept.'],
  ['launch', 'bob', 'Checklist for Thursday: redirects, the new logo, and somebody who answers the phone.'],
  ['launch', 'alice', 'I take the phone. The redirects are done.'],
  ['launch', 'bob', 'Then only the logo is left. I have opinions.'],
  ['direct', 'bob', 'Do you really want to talk me out of the orange one?'],
  ['direct', 'alice', 'Gently. Over tea.'],
];
