export { summarize, type Summary, type SummaryRow } from './summarize.ts';
