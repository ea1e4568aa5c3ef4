"""How the status page looks: light and dark, on a desk and on a phone. Colour never says what no word says."""

from typing import Final

STYLESHEET: Final = """\
:root { color-scheme: light dark; --back: #f5f6f8; --card: #fff; --text: #1c2128; --soft: #59636e; --line: #d9dee4;
  --link: #0a58ca; --up: #14682f; --up-back: #dcf3e3; --down: #a4161f; --down-back: #fde3e4;
  --wait: #6a4b00; --wait-back: #fcefc7; }
@media (prefers-color-scheme: dark) { :root { --back: #0f1318; --card: #181d24; --text: #e3e8ee; --soft: #9aa5b1;
  --line: #303841; --link: #7db4ff; --up: #7ddb98; --up-back: #15331f; --down: #ff9ea3; --down-back: #431a1d;
  --wait: #f0cd70; --wait-back: #3a2f10; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 1.5rem 1.25rem 3rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.4rem; }
h2 { margin: 1.75rem 0 .5rem; font-size: 1.05rem; }
p { margin: .25rem 0; }
a { color: var(--link); }
nav { display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; margin: .75rem 0; }
footer { margin-top: 2rem; }
.soft, footer { color: var(--soft); font-size: .875rem; }
.summary { margin-top: 1rem; padding: .75rem 1rem; border-radius: .5rem; font-size: 1.1rem; font-weight: 600; }
.up { background: var(--up-back); color: var(--up); }
.down { background: var(--down-back); color: var(--down); }
.wait { background: var(--wait-back); color: var(--wait); }
.state { display: inline-block; padding: 0 .55rem; border-radius: 1rem; font-size: .875rem; font-weight: 600;
  white-space: nowrap; }
details { margin: .5rem 0; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
summary { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .75rem; padding: .6rem 1rem;
  cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: "\\25b8"; color: var(--soft); }
details[open] > summary::before { content: "\\25be"; }
summary strong { font-size: 1.05rem; }
.inside { padding: 0 1rem .75rem; }
table { width: 100%; margin-top: .25rem; border-collapse: collapse; }
th, td { padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border: 0; color: var(--soft); font-size: .875rem; font-weight: 400; }
tbody th { font-weight: 500; }
th { width: 32%; }
th + th { width: 28%; }
th + th + th { width: 20%; }
.advice { margin-bottom: .5rem; }
.advice b { color: var(--down); }
@media (max-width: 40rem) {
  body { padding: 1rem .75rem 2rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { display: grid; grid-template-columns: 1fr auto; gap: 0 .75rem; padding: .5rem 0;
    border-top: 1px solid var(--line); }
  th, td { width: auto; padding: 0; border: 0; }
  td[data-label] { display: flex; grid-column: 1 / -1; gap: .5rem; font-size: .9375rem; }
  td[data-label]:empty { display: none; }
  td[data-label]::before { content: attr(data-label); flex: none; width: 6rem; color: var(--soft); }
}
"""
