#!/bin/sh
# Tests the operator of this folder on a node that is made for it and removed again.
set -eu
cd "$(dirname "$0")"
folder=$(mktemp -d)
${PODLING:-podling} serve --in-memory --listen 127.0.0.1:0 --service-accounts all \
  --kubeconfig "$folder/kubeconfig" >"$folder/ready" &
node=$!
trap 'kill $node; wait $node || true; rm -r "$folder"' EXIT
until grep -q KUBECONFIG= "$folder/ready"; do kill -0 $node && sleep 0.1; done
export KUBECONFIG="$folder/kubeconfig"

cache=$(deno info --json | sed -n 's/.*"denoDir": "\(.*\)".*/\1/p')
deno install --entrypoint operator.ts
sed "s|FOLDER|$PWD|; s|CACHE|$cache|" operator.yaml | kubectl apply -f -
kubectl rollout status deployment/site-operator --timeout=60s

kubectl apply -f site.yaml
kubectl wait --for=create deployment/shop --timeout=60s
kubectl rollout status deployment/shop --timeout=60s
kubectl patch configmap shop -p '{"data":{"replicas":"3"}}'
kubectl wait deployment/shop --for=jsonpath='{.status.readyReplicas}'=3 --timeout=60s
kubectl wait configmap/shop --for=jsonpath='{.metadata.annotations.example\.com/ready}'=3/3 --timeout=60s
kubectl delete deployment shop --cascade=foreground
kubectl wait --for=create deployment/shop --timeout=60s
kubectl delete configmap shop
kubectl wait --for=delete deployment/shop --timeout=60s
kubectl logs deployment/site-operator
