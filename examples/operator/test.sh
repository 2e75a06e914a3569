#!/bin/sh
# Tests the operator of this folder on a node that is made for it and removed again.
set -eu
cd "$(dirname "$0")"
folder=$(mktemp -d)
${PODLING:-podling} serve --in-memory --listen 127.0.0.1:0 --kubeconfig "$folder/kubeconfig" \
  >"$folder/ready" &
node=$!
trap 'kill $node; wait $node || true; rm -r "$folder"' EXIT
until grep -qs KUBECONFIG= "$folder/ready"; do kill -0 $node && sleep 0.1; done
export KUBECONFIG="$folder/kubeconfig"

kubectl apply -f site-definition.yaml
kubectl wait --for=condition=Established crd/sites.example.com --timeout=3m
cache=$(deno info --json | sed -n 's/.*"denoDir": "\(.*\)".*/\1/p')
deno install --entrypoint operator.ts
sed "s|FOLDER|$PWD|; s|CACHE|$cache|" operator.yaml | kubectl apply -f -
kubectl rollout status deployment/site-operator --timeout=3m
kubectl auth can-i patch sites/status --as system:serviceaccount:default:site-operator

kubectl apply -f site.yaml
kubectl wait site/shop --for=jsonpath='{.status.ready}'=2/2 --timeout=3m
kubectl scale site/shop --replicas=3
kubectl wait site/shop --for=jsonpath='{.status.ready}'=3/3 --timeout=3m
kubectl delete deployment shop --cascade=foreground
kubectl wait --for=create deployment/shop --timeout=3m
kubectl rollout status deployment/shop --timeout=3m
kubectl delete site shop
kubectl wait --for=delete deployment/shop --timeout=3m
kubectl logs deployment/site-operator
