/** Metrics as text. */
import { strictEqual as equal } from "node:assert/strict";
import { MetricSet } from "../../../src/base/metrics/metric_set.ts";

Deno.test("metrics are shown with their labels, histograms with sums up to each bound", async () => {
  const metrics = new MetricSet();
  const requests = metrics.counter({
    name: "a_total",
    help: "Requests.",
    labels: ["verb", "code"],
  });
  metrics.counter({ name: "unused_total", help: "Has no value." });
  const durations = metrics.histogram({ name: "b_seconds", help: "x\\y\nz", labels: ["verb"] }, [
    0.1,
    2,
  ]);
  metrics.gauge(
    { name: "c", help: "Read late." },
    () => Promise.resolve([[[], 1.5e300]] as const),
  );
  metrics.readCounter({ name: "d", help: "", labels: ["l"] }, () => [[['a"b\\c\nd'], NaN]]);
  requests.cell("GET", "200").add();
  requests.cell("GET", "200").add(2);
  requests.cell("PUT", "409").add();
  for (const value of [0.05, 0.1, 0.5, 3]) durations.observe(["GET"], value);
  equal(
    await metrics.format(),
    `# HELP a_total Requests.
# TYPE a_total counter
a_total{verb="GET",code="200"} 3
a_total{verb="PUT",code="409"} 1
# HELP b_seconds x\\\\y\\nz
# TYPE b_seconds histogram
b_seconds_bucket{verb="GET",le="0.1"} 2
b_seconds_bucket{verb="GET",le="2"} 3
b_seconds_bucket{verb="GET",le="+Inf"} 4
b_seconds_sum{verb="GET"} 3.65
b_seconds_count{verb="GET"} 4
# HELP c Read late.
# TYPE c gauge
c 1.5e+300
# HELP d${" "}
# TYPE d counter
d{l="a\\"b\\\\c\\nd"} NaN
`,
  );
});
