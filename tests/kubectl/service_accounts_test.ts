/** Tokens of service accounts with stock kubectl, and what their holders may do. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { kubectlPath, serveNode } from "../support/served_node.ts";

const ignore = kubectlPath === undefined;

const USERNAME = "system:serviceaccount:default:bot";

Deno.test({
  name: "kubectl: tokens of service accounts",
  ignore,
  fn: async () => {
    await using node = await serveNode(["--isolation", "process", "--service-accounts", "read"]);
    const run = async (words: string, code = 0) => {
      const ended = await node.kubectl(words.split(" "));
      equal(ended.code, code, `kubectl ${words}\n${ended.stdout}${ended.stderr}`);
      return code === 0 ? ended.stdout : ended.stderr;
    };
    equal(await run("create serviceaccount bot"), "serviceaccount/bot created\n");
    const token = (await run("create token bot --duration=2h --audience=vault")).trim();
    const claims = JSON.parse(atob(token.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/")));
    deepEqual([claims.sub, claims.aud, claims.exp - claims.iat], [USERNAME, ["vault"], 7200]);
    match(await run("create token bot --duration=1m", 1), /less than 10 minutes/);
    match(await run("create token none", 1), /serviceaccounts "none" not found/);

    // In protobuf, as 1.32 and newer send what they create themselves.
    const created: readonly [words: string, object: string][] = [
      ["role r --verb=get,list --resource=pods", "role.rbac.authorization.k8s.io/r"],
      ["clusterrole c --verb=get --resource=nodes", "clusterrole.rbac.authorization.k8s.io/c"],
      [
        "rolebinding r --role=r --serviceaccount=default:bot",
        "rolebinding.rbac.authorization.k8s.io/r",
      ],
      [
        "clusterrolebinding c --clusterrole=c --user=jane",
        "clusterrolebinding.rbac.authorization.k8s.io/c",
      ],
      [
        "poddisruptionbudget p --selector=app=x --min-available=50%",
        "poddisruptionbudget.policy/p",
      ],
      ["ingress i --rule=a.example/*=web:80", "ingress.networking.k8s.io/i"],
    ];
    for (const [words, object] of created) {
      equal(await run(`create ${words}`), `${object} created\n`);
    }
    match(await run("get rolebinding r -o wide"), /\nr +Role\/r +\d+s +default\/bot\n/);
    match(await run("get pdb,ingress"), /\/p +50% +N\/A [^]*\/i +<none> +a.example /);
    match(await run("describe role r"), /pods +\[\] +\[\] +\[get list\]/);

    match(await run("auth whoami"), /Username +podling/);
    match(await run(`auth whoami --as ${USERNAME}`), /Groups +\[system:serviceaccounts /);
    equal(await run("auth can-i '*' '*'"), "yes\n");
    equal(await run(`auth can-i list pods --as ${USERNAME}`), "yes\n");
    match(
      (await node.kubectl(["auth", "can-i", "get", "secrets", "--as", USERNAME])).stdout,
      /^no/,
    );
    match(await run(`auth can-i --list --as ${USERNAME}`), /\*\.\* .*\[get list watch\]/);
    match(
      await run(`delete serviceaccount bot --as ${USERNAME}`, 1),
      /^Error from server \(Forbidden\): serviceaccounts "bot" is forbidden: User "\S+:default:bot" cannot delete /,
    );

    // As another client has it: the token beside the certificate, without our kubeconfig's user.
    const config = JSON.parse(await Deno.readTextFile(node.kubeconfig));
    config.users[0].user = { token: (await run("create token bot")).trim() };
    const file = `${node.folder}/bot`;
    await Deno.writeTextFile(file, JSON.stringify(config));
    const asBot = (words: string, code = 0) => run(`--kubeconfig=${file} ${words}`, code);
    match(await asBot("auth whoami"), /Username +system:serviceaccount:default:bot/);
    match(await asBot("get pods --ignore-not-found"), /^$/);
    match(await asBot("create configmap c", 1), /configmaps is forbidden: User "\S+:bot" cannot/);
    await run("delete serviceaccount bot");
    match(await asBot("get pods", 1), /Unauthorized|must be logged in/);
  },
});

Deno.test({
  name: "kubectl: what roles grant, without an option",
  ignore,
  fn: async () => {
    await using node = await serveNode(["--isolation", "process"]);
    const run = async (words: string, code = 0) => {
      const ended = await node.kubectl(words.split(" "));
      equal(ended.code, code, `kubectl ${words}\n${ended.stdout}${ended.stderr}`);
      return ended;
    };
    const asBot = (words: string, code = 0) => run(`${words} --as ${USERNAME}`, code);
    await run("create serviceaccount bot");
    equal(
      (await asBot("get pods", 1)).stderr,
      `Error from server (Forbidden): pods is forbidden: User "${USERNAME}" cannot list resource ` +
        `"pods" in API group "" in the namespace "default"\n`,
    );
    const made = await run("create role r --verb=get,list,create --resource=configmaps,pods");
    equal(made.stderr, ""); // It has an effect.
    await run("create rolebinding r --role=r --serviceaccount=default:bot");
    await asBot("create configmap c --from-literal=a=1");
    match((await asBot("get pods,configmaps")).stdout, /configmap\/c +1/);
    await asBot("delete configmap c", 1);
    await asBot("get pods -A", 1);
    match((await asBot("auth can-i --list")).stdout, /configmaps +\[\] +\[\] +\[get list create\]/);
    await run("delete rolebinding r");
    await asBot("get pods", 1);
    await run("create clusterrolebinding v --clusterrole=view --serviceaccount=default:bot");
    await asBot("get pods -A");
    await asBot("get secrets", 1);
    await asBot("create clusterrolebinding x --clusterrole=cluster-admin --user=jane", 1);
  },
});
