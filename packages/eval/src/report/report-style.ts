/** The style sheet of `htmlReport`. */
export const reportStyle = `
:root { --ink: #1d1f24; --soft: #5c6370; --line: #e2e4ea; --card: #f6f7f9; --accent: #2f6fb0; --best: #eaf3fb; background: #fff; color: var(--ink); }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ec; --soft: #9aa2af; --line: #333842; --card: #1d2026; --accent: #7fb4e6; --best: #1f2f40; background: #14161a; }
}
* { box-sizing: border-box; }
body { max-width: 960px; margin: 0 auto; padding: 32px 20px 64px; font: 16px/1.55 system-ui, sans-serif; }
header h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
header p { margin: 0 0 24px; color: var(--soft); }
h2 { font-size: 1.2rem; margin: 40px 0 12px; padding-bottom: 6px; border-bottom: 1px solid var(--line); }
p { max-width: 70ch; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin: 0 0 8px; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; }
.figure dt { color: var(--soft); font-size: 0.85rem; }
.figure dd { margin: 2px 0 0; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.figure small { display: block; font-size: 0.8rem; font-weight: 400; color: var(--soft); }
figure { margin: 16px 0; overflow-x: auto; }
figure img { display: block; max-width: 100%; height: auto; border-radius: 6px; image-rendering: pixelated; }
figure svg { display: block; max-width: 100%; height: auto; }
figcaption { margin-top: 6px; color: var(--soft); font-size: 0.9rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: 8px 0; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 14px 6px 0; text-align: left; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 500; font-size: 0.9rem; }
.number { text-align: right; }
.best td { background: var(--best); font-weight: 600; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; overflow-x: auto; font-size: 0.9rem; }
footer { margin-top: 48px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.85rem; }
@media print { body { max-width: none; padding: 0; } section { break-inside: avoid; } }
`;
