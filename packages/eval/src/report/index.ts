export { heatMap } from './heat-map.ts';
export type { HeatMapOptions } from './heat-map.ts';
export { htmlReport } from './html-report.ts';
export type { HtmlReportOptions, ReportPart, ReportSection } from './html-report.ts';
export { lineChart } from './line-chart.ts';
export type { LineChartOptions, LineSeries } from './line-chart.ts';
