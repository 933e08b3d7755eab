/** Style sheet of the report: light and dark by the reader's preference, one column on a phone. */
export const REPORT_STYLE = `
:root { --paper: #ffffff; --ink: #1b1f24; --muted: #5b6570; --line: #e1e5ea; --empty: #eceef1; --panel: #f7f8fa;
  --done: #12714d; --diverged: #8a5a00; --failed: #b3261e; --other: #5b6570; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171b; --ink: #e8ebee; --muted: #9aa5b1; --line: #2c323a; --empty: #262b32; --panel: #1b1f25;
    --done: #5fd0a0; --diverged: #f0b44c; --failed: #ff8a80; --other: #9aa5b1; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 80px; }
h1 { margin: 0 0 8px; font-size: 2.1rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 56px 0 12px; font-size: 1.25rem; }
p { margin: 0 0 8px; }
.kind { margin: 0; color: var(--muted); font-size: .85rem; }
.lead { font-size: 1.1rem; }
.muted { color: var(--muted); font-size: .9rem; }
.headline { display: flex; flex-wrap: wrap; gap: 12px; margin: 28px 0 0; }
.headline div { display: flex; flex-direction: column-reverse; justify-content: flex-end; flex: 1 1 150px; padding: 14px 16px;
  background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
.headline dt { color: var(--muted); font-size: .85rem; line-height: 1.35; }
.headline dd { margin: 0; font-size: 1.6rem; font-weight: 600; font-variant-numeric: tabular-nums; }
figure { margin: 0; }
figcaption { margin-bottom: 6px; font-weight: 600; font-size: .95rem; }
.scroll { overflow-x: auto; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 40px 32px; margin-bottom: 24px; align-items: start; }
.drawing svg { display: block; width: 100%; height: auto; }
.drawing { margin-bottom: 8px; }
table { width: 100%; min-width: 860px; border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th { color: var(--muted); font-weight: 500; white-space: nowrap; text-align: left; }
th, td { padding: 7px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
.number { text-align: right; white-space: nowrap; }
.best td { font-weight: 650; }
.state { font-weight: 600; color: var(--other); }
.state.done { color: var(--done); } .state.diverged { color: var(--diverged); } .state.failed { color: var(--failed); }
code, pre { font: .85rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { overflow-x: auto; margin: 8px 0; padding: 14px 16px; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
summary { cursor: pointer; padding: 6px 0; }
@media (max-width: 600px) { main { padding: 24px 16px 56px; } h2 { margin-top: 40px; } }
`;
