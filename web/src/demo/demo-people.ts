/** The server says in the page whether it runs the demo. */
export const isDemo = document.querySelector<HTMLMetaElement>('meta[name=verbatim-demo]')?.content === 'on';

export const demoPeople = ['alice', 'bob'] as const;
export const demoPassword = 'verbatim demo';
