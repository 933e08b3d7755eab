// What the live page of `nf-sweeps serve` and the playground draw with: one look for both. Private, bundled into each page.
export { Chart, type ChartLine, type ChartMark } from './chart.js';
export { ClipChart, type ClipColumn } from './clip-chart.js';
export { colourDomain } from './colour-domain.js';
export { DASHES, LINES, viridis } from './colours.js';
export { MapCell, type MapCellFacts, MapLegend } from './map-cell.js';
export { useTheme } from './use-theme.js';
