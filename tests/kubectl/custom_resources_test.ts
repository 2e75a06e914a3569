/** Stock kubectl and the kinds that definitions add. */
import { match, ok, strictEqual as equal } from "node:assert/strict";
import { CRON_TAB, cronTabOf, definitionOf } from "../support/definitions.ts";
import { kubectlPath, serveNode, until } from "../support/served_node.ts";

const { spec } = CRON_TAB.properties;
/** The schema of a CronTab, with a rule in CEL. */
const RULED = {
  ...CRON_TAB,
  properties: {
    ...CRON_TAB.properties,
    spec: {
      ...spec,
      "x-kubernetes-validations": [{
        rule: "!has(self.policy) || self.policy != 'Forbid' || self.replicas <= 3",
        messageExpression: "'at most %d that may not run at once'.format([3])",
      }],
    },
  },
};

Deno.test({
  name: "kubectl: custom resources, from their definition to its end",
  ignore: kubectlPath === undefined,
  fn: async () => {
    await using node = await serveNode(["--isolation", "process"]);
    const run = async (words: string, expected: RegExp | string, stdin?: unknown, code = 0) => {
      const ended = await node.kubectl(
        words.split(" ").map((it) => it.replaceAll("·", " ")),
        stdin === undefined ? {} : { stdin: JSON.stringify(stdin) },
      );
      const shown = `kubectl ${words}\n${ended.stdout}${ended.stderr}`;
      equal(ended.code, code, shown);
      const text = code === 0 ? ended.stdout : ended.stderr;
      if (typeof expected === "string") equal(text, expected, shown);
      else match(text, expected, shown);
      return text;
    };
    const definition = "customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com";
    await run("apply -f -", `${definition} created\n`, definitionOf({ schema: RULED }));
    await run(
      "wait --for=condition=Established crd/crontabs.stable.example.com",
      /met/,
    );
    await run("get crd", /\ncrontabs.stable.example.com +\d{4}-\d\d-\d\dT/);
    await run(
      "api-resources --api-group=stable.example.com",
      /\ncrontabs +ct +stable.example.com\/v1 +true +CronTab\n/,
    );

    const spec = { cronSpec: "* * * * */5", replicas: 2 };
    await run("apply -f -", "crontab.stable.example.com/a created\n", cronTabOf("a", spec));
    await run("apply -f -", "crontab.stable.example.com/a unchanged\n", cronTabOf("a", spec));
    await run("get ct", /^NAME +SPEC +REPLICAS +AGE\na +\* \* \* \* \*\/5 +2 +\d+s\n$/);
    await run("get ct a -o jsonpath={.spec.image}", "img");
    await run("get crontabs.v1.stable.example.com -o name", "crontab.stable.example.com/a\n");
    await run("explain crontab.spec.ports", /\n +mode\s+<string>\n/);
    await run("explain crontab --recursive", /\n {4}replicas\s+<integer>\n/);
    const changed = { ...spec, ports: [{ name: "http", port: 80 }] };
    await run("diff -f -", "", cronTabOf("a", spec));
    await run("apply -f -", "crontab.stable.example.com/a configured\n", cronTabOf("a", changed));
    await run(
      "apply --server-side --field-manager=other -f -",
      "crontab.stable.example.com/a serverside-applied\n",
      { ...cronTabOf("a"), spec: { image: "img", ports: [{ name: "dns", port: 53 }] } },
    );
    // kubectl hands on to the new manager what it has applied itself, which so goes.
    await run("get ct a -o jsonpath={.spec.ports[*].name}", "dns");
    await run(
      'patch ct a --type=merge -p {"spec":{"policy":"Allow"}}',
      "crontab.stable.example.com/a patched\n",
    );
    await run("get ct --field-selector spec.policy=Allow -o name", /a\n/);
    await run(
      "patch ct a -p {}",
      /application\/strategic-merge-patch\+json is not supported/,
      undefined,
      1,
    );
    await run("scale ct a --replicas=5", "crontab.stable.example.com/a scaled\n");
    await run("get ct a -o jsonpath={.spec.replicas}", "5");
    await run(
      'patch ct a --subresource=status --type=merge -p {"status":{"replicas":5}}',
      "crontab.stable.example.com/a patched\n",
    );
    await run(
      "wait --for=jsonpath={.status.replicas}=5 ct/a",
      "crontab.stable.example.com/a condition met\n",
    );
    await run(
      "create -f -",
      /^The CronTab "b" is invalid: spec.replicas: Invalid value: 0: spec.replicas in body should be/,
      cronTabOf("b", { replicas: 0 }),
      1,
    );
    await run(
      "create -f -",
      'The CronTab "b" is invalid: spec: Invalid value: at most 3 that may not run at once\n',
      cronTabOf("b", { replicas: 4, policy: "Forbid" }),
      1,
    );
    await run(
      "create -f -",
      /strict decoding error: unknown field "spec.foo"/,
      cronTabOf("b", { foo: 1 }),
      1,
    );
    await run("label ct a x=y", "crontab.stable.example.com/a labeled\n");
    await run("describe ct a", /\nSpec:\n {2}Image:[^]*\nStatus:\n {2}Replicas: +5\n/);

    // What a custom object owns goes with it, and what is in a namespace with that.
    const uid = await run("get ct a -o jsonpath={.metadata.uid}", /./);
    const owner = { apiVersion: "stable.example.com/v1", kind: "CronTab", name: "a", uid };
    await run("create -f -", "configmap/owned created\n", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "owned", ownerReferences: [owner] },
    });
    await run("delete ct a", 'crontab.stable.example.com "a" deleted\n');
    await until(
      async () => (await node.kubectl(["get", "cm", "owned"])).code !== 0,
      "what a custom object owns is deleted after it",
    );
    await run("create ns other", "namespace/other created\n");
    await run("create -n other -f -", /c created\n$/, cronTabOf("c"));
    await run("delete ns other", 'namespace "other" deleted\n');

    await run("create -f -", /d created\n$/, cronTabOf("d"));
    await run("delete crd crontabs.stable.example.com", /deleted\n$/);
    await run(
      "get ct",
      /could not find the requested resource|doesn't have a resource type/,
      undefined,
      1,
    );
    const { stderr } = await node.end();
    ok(!/Cannot|failed/.test(stderr), stderr);
  },
});
