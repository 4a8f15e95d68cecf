import type { ProbeOutcome } from '../../probes/parts/probe-outcome.ts';
import { confusionChart } from '../../report/confusion-chart.ts';
import { htmlReport } from '../../report/html-report.ts';

/** The outcome of one probe as a page: its figures, the confusion matrix, and the record that reproduces it. */
export async function outcomePage(
  found: Omit<ProbeOutcome, 'trainAccuracy'> & { protocol: { name: string } },
  { record, classNames }: { record: string; classNames?: readonly string[] },
): Promise<string> {
  const { counts, warnings } = found;
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const svg = await confusionChart(found.confusion, { names: classNames });
  return htmlReport({
    title: 'Probe',
    subtitle: `protocol ${found.protocol.name}, ${counts.train} training rows, ${found.dims} dims, ${found.classes} classes`,
    figures: [
      { label: 'test accuracy', value: percent(found.testAccuracy), note: `of ${counts.test} rows` },
      { label: 'validation accuracy', value: percent(found.validationAccuracy), note: `of ${counts.validation} rows` },
    ],
    sections: [
      { heading: 'Confusion matrix', parts: [{ chart: { svg, caption: 'Test rows.' } }] },
      ...(warnings.length > 0 ? [{ heading: 'Warnings', parts: warnings.map((text) => ({ text })) }] : []),
      { heading: 'Reproduce', parts: [{ code: record }] },
    ],
  });
}
