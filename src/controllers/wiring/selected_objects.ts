/** Which objects a change of one that they select by its labels is news for. */
import { matchesSelector } from "../../api/label_selector.ts";
import type { KindName, KubernetesObject } from "../../api/types/kinds.ts";
import type { ObjectClient, WatchEvent } from "../../store/client.ts";
import type { ControllerRow, StoredObject } from "./controller_row.ts";

/**
 * Follows what the objects of a row select.
 *
 * @param onKey is called with the key of each object that selects one which changed, or did before.
 * @returns what ends it.
 */
export function watchSelected<O extends StoredObject>(
  client: Pick<ObjectClient, "list" | "watch">,
  { kind, selects, isNews = () => true }: ControllerRow<O>,
  onKey: (key: string) => void,
): () => void {
  if (selects === undefined) return () => {};
  const seen = new Map<string, KubernetesObject>();
  const onChange = ({ type, object }: WatchEvent<KubernetesObject>) => {
    const { uid = "", namespace = "", labels } = object.metadata;
    const before = seen.get(uid);
    if (type === "DELETED") seen.delete(uid);
    else seen.set(uid, object);
    const isSame = before !== undefined && type !== "DELETED" &&
      before.metadata.labels === labels && !isNews(before, object);
    if (isSame) return;
    for (const selecting of client.list(kind as KindName)) {
      if (selecting.metadata.namespace !== namespace) continue;
      // The client keeps kinds apart.
      const selector = selects.selectorOf(selecting as KubernetesObject as O);
      const isSelected = (it: KubernetesObject) =>
        selector !== undefined && matchesSelector(selector, it.metadata.labels);
      if (isSelected(object) || (before !== undefined && isSelected(before))) {
        onKey(`${namespace}/${selecting.metadata.name}`);
      }
    }
  };
  return client.watch(selects.kind, onChange);
}
