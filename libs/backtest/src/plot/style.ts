/** Light, and dark where the reader's system is; every colour stands out from both papers. */
export const style = `
.plot { color-scheme: light dark; --paper: #ffffff; --ink: #1d2430; --faint: #667085; --grid: #e4e7ec;
  --own: #d1481f; --network: #1f6feb; --record: #7a5bd0; --other: #98a2b3; }
@media (prefers-color-scheme: dark) { .plot { --paper: #12161d; --ink: #e6eaf0; --faint: #98a2b3;
  --grid: #2a313c; --own: #ff8a5c; --network: #6ea8ff; --record: #b9a3ff; --other: #667085; } }
body.plot { background: var(--paper); color: var(--ink); margin: 2rem auto; max-width: 860px; padding: 0 1rem;
  font: 15px/1.5 system-ui, sans-serif; }
svg.plot { max-width: 100%; height: auto; font: 12px system-ui, sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1rem; } .warning { color: var(--own); font-weight: 600; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
td, th { border-bottom: 1px solid var(--grid); padding: 0.2rem 1rem 0.2rem 0; text-align: left; font-weight: normal; }
th, td:first-child { color: var(--faint); }
.paper { fill: var(--paper); } .heading { fill: var(--ink); font-size: 16px; font-weight: 600; }
.title { fill: var(--ink); font-weight: 600; } .unit, .tick { fill: var(--faint); }
.grid { stroke: var(--grid); } .zero { stroke: var(--faint); } .mean { stroke: var(--own); stroke-dasharray: 4 3; }
.line { fill: none; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.line.own { stroke: var(--own); } .line.network { stroke: var(--network); } .line.record { stroke: var(--record); }
.line.other { stroke: var(--other); stroke-width: 1; opacity: 0.7; }
.dot.own, .bar.own, .swatch.own { fill: var(--own); } .swatch.network { fill: var(--network); }
.swatch.record { fill: var(--record); } .swatch.other { fill: var(--other); }
.band { fill: var(--own); opacity: 0.18; }
`;
