/** The look of /async-docs. */
export const asyncStyle = `:root {
  color-scheme: light dark;
  --ink: #1d2129; --soft: #5c6675; --paper: #ffffff; --shade: #f5f6f8; --line: #dfe3e9; --link: #0b5fad; --mark: #e4f0fb;
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --soft: #9aa5b4; --paper: #14171c; --shade: #1c2027; --line: #2e3540; --link: #79b8ff; --mark: #1d3650; }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 1fr); font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
a { color: var(--link); text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem 3rem 1.5rem; background: var(--shade); border-right: 1px solid var(--line); font-size: .875rem; }
nav p { margin: 1.1rem 0 .2rem; font-weight: 600; }
nav .brand { margin-top: 0; font-size: 1.15rem; }
nav ul { margin: 0; padding: 0; list-style: none; }
nav li a { display: block; padding: .1rem 0; color: var(--soft); }
nav li a:hover { color: var(--link); }
main { width: 100%; max-width: 62rem; padding: 2.5rem 2.5rem 6rem; }
h1 { margin: 0 0 .5rem; font-size: 2rem; line-height: 1.2; }
h2 { margin: 3rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); font-size: 1.4rem; }
h3 { margin: 0; font: 600 1.1rem/1.4 ui-monospace, monospace; }
h4 { margin: 1rem 0 .4rem; font-size: .95rem; }
p { margin: .5rem 0; }
li { margin: .25rem 0; }
.lead { color: var(--soft); font-size: 1.05rem; }
article { margin: 1.25rem 0; padding: 1.1rem 1.3rem 1.2rem; border: 1px solid var(--line); border-radius: .6rem; }
article:target { border-color: var(--link); box-shadow: 0 0 0 1px var(--link); }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
p code, li code, td code { overflow-wrap: anywhere; }
p > code, li > code, a > code { padding: .05rem .3rem; border-radius: .25rem; background: var(--shade); }
pre { margin: 0; padding: .8rem 1rem; max-height: 24rem; overflow: auto; border-radius: .4rem; background: var(--shade); font-size: .8rem; }
.tag { display: inline-block; padding: 0 .5rem; border-radius: 1rem; background: var(--mark); color: var(--link); font: 600 .75rem/1.5rem system-ui, sans-serif; vertical-align: middle; }
.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:first-child { white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
small { color: var(--soft); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem; }
figure { margin: 1rem 0 .5rem; min-width: 0; }
figcaption { margin-bottom: .3rem; color: var(--soft); font-size: .875rem; }
@media (max-width: 52rem) {
  body { display: block; }
  nav { position: static; height: auto; padding: 1rem; border-right: 0; border-bottom: 1px solid var(--line); }
  nav ul { display: none; }
  nav p { display: inline-block; margin: 0 1rem 0 0; }
  main { padding: 1.5rem 1rem 4rem; }
}
`;
