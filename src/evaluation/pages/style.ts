/** One sheet for screen and paper, light and dark. */
export const pageStyle = `
:root{color-scheme:light dark;--ink:#1d232b;--soft:#5c6773;--line:#dfe3e8;--paper:#fff;--panel:#f6f7f9;--accent:#2563a8;--band:#2563a833;--bad:#b3261e;--good:#1b7f4b}
@media (prefers-color-scheme:dark){:root{--ink:#e4e8ee;--soft:#9aa5b1;--line:#333b45;--paper:#14181d;--panel:#1c2229;--accent:#79b0ee;--band:#79b0ee33;--bad:#ff8a80;--good:#6fd39e}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:2rem 1.25rem 4rem;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}
h1{margin:0 0 .25rem;font-size:1.7rem;line-height:1.2}
h2{margin:2.5rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--line);font-size:1.2rem}
h3{margin:1.5rem 0 .4rem;font-size:1rem}
p{margin:.4rem 0;max-width:46rem}
.soft,small{color:var(--soft)}
small{font-size:.85em}
.bad{color:var(--bad);font-weight:600}
.good{color:var(--good);font-weight:600}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;margin:1rem 0}
.card{padding:.75rem .9rem;border:1px solid var(--line);border-radius:8px;background:var(--panel)}
.card b{display:block;font-size:1.45rem;line-height:1.3;font-weight:600}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(20rem,1fr));gap:1rem}
figure{margin:0;padding:.75rem;border:1px solid var(--line);border-radius:8px}
figcaption{margin-bottom:.25rem;min-height:4.2rem;font-weight:600}
figcaption small{display:block;font-weight:400}
figure svg{display:block;width:100%;height:auto}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse;margin:.5rem 0}
th,td{padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--line);text-align:right;vertical-align:middle;white-space:nowrap}
th{color:var(--soft);font-size:.85rem;font-weight:500;vertical-align:bottom}
th:first-child,td:first-child{text-align:left}
td:first-child{white-space:normal;overflow-wrap:break-word;min-width:9rem}
.wide{display:block;min-width:15rem}
.bar{vertical-align:middle}
.range{stroke:var(--accent);stroke-width:2}
.dot{fill:var(--accent)}
.ring{fill:none;stroke:var(--bad);stroke-width:2}
.mark{stroke:var(--soft);stroke-width:1;stroke-dasharray:3 3}
.grid{stroke:var(--line)}
.line{fill:none;stroke:var(--accent);stroke-width:2}
.band{fill:var(--band)}
.tick,.axis{fill:var(--soft);font-size:11px}
@media print{body{max-width:none;padding:0;font-size:11px}h2{break-after:avoid}figure,tr,.card{break-inside:avoid}.scroll{overflow:visible}th,td{padding-right:.5rem}}
`
