/** The kinds of one cluster: those of this program, and those that its definitions add; pure. */
import type { CustomResourceDefinition } from "../types/definition.ts";
import type { KindName, KubernetesObject } from "../types/kinds.ts";
import { isEqual } from "../validate/common/equality.ts";
import { hasCondition } from "../custom/definition_status.ts";
import { kindNameOf, KINDS, resourceNameOf, resourceOf, strategyOf } from "./kinds.ts";
import { customNameOf, customRowsOf } from "./rows/definition.ts";
import type { Strategy } from "./strategy/strategy.ts";

/** A kind that definitions add. */
interface AddedKind {
  readonly name: KindName;
  /** One for each version. */
  readonly rows: readonly Strategy[];
}

/** Definitions come and go, and the kinds that they add with them. */
export class KindTable {
  /** By the name of the definition. */
  readonly #added = new Map<string, AddedKind>();
  readonly #followers = new Set<(name: KindName) => void>();
  #rows = KINDS;
  #served = KINDS;

  /** Every row, also of versions that are not served; the same list until the table changes. */
  get rows(): readonly Strategy[] {
    return this.#rows;
  }

  /** The rows of what is served; the same list until the table changes. */
  get served(): readonly Strategy[] {
    return this.#served;
  }

  /** What objects are kept by, of every kind. */
  get names(): readonly KindName[] {
    return [...KINDS.map(({ kind }) => kind), ...this.#added.values().map(({ name }) => name)];
  }

  /** The row of a kind as an object names it; undefined if there is none. */
  find(apiVersion: string, kind: string): Strategy | undefined {
    return this.rows.find((row) => row.kind === kind && row.apiVersion === apiVersion);
  }

  /** The row of an object's kind; undefined where its definition is gone. */
  rowOf<O extends KubernetesObject>(object: O): Strategy<O> | undefined {
    if (kindNameOf(object) === object.kind) return strategyOf(object);
    // The row of a kind takes objects of that kind.
    return this.find(object.apiVersion, object.kind) as Strategy<O> | undefined;
  }

  /** Whether the objects of a kind are in namespaces. */
  isNamespaced(name: KindName): boolean {
    return this.rows.find((row) => kindNameOf(row) === name)?.namespaced ?? false;
  }

  /** As errors name a resource: `crontabs.stable.example.com`. */
  resourceOf(name: KindName): string {
    if (!name.includes(".")) return resourceOf(name);
    const row = this.rows.find((it) => kindNameOf(it) === name);
    return row === undefined ? name : resourceNameOf(row);
  }

  /**
   * Takes a definition as it is now: its kind is there once its names are accepted, and as long as
   * the definition is.
   */
  define(definition: CustomResourceDefinition): void {
    const isThere = hasCondition(definition, "NamesAccepted") ||
      hasCondition(definition, "Established");
    if (!isThere) return;
    const { metadata } = definition;
    const name = customNameOf(definition);
    const before = this.#added.get(metadata.name);
    const rows = customRowsOf(definition);
    if (before !== undefined && isEqual(before.rows.map(meaningOf), rows.map(meaningOf))) return;
    this.#added.set(metadata.name, { name, rows });
    this.#list();
    if (before?.name !== name) this.#report(before?.name);
    this.#report(name);
  }

  /** Takes the kind of a definition away. */
  forget({ metadata }: CustomResourceDefinition): void {
    const before = this.#added.get(metadata.name);
    if (before === undefined) return;
    this.#added.delete(metadata.name);
    this.#list();
    this.#report(before.name);
  }

  /**
   * Reports the name of each kind that definitions add, change or take away, from now on.
   *
   * @param onChange must not throw.
   * @returns what ends it.
   */
  follow(onChange: (name: KindName) => void): () => void {
    this.#followers.add(onChange);
    return () => void this.#followers.delete(onChange);
  }

  #list(): void {
    this.#rows = [...KINDS, ...this.#added.values().flatMap(({ rows }) => rows)];
    this.#served = this.#rows.filter(({ custom }) => custom?.version.served ?? true);
  }

  #report(name: KindName | undefined): void {
    if (name === undefined) return;
    for (const follower of [...this.#followers]) follower(name);
  }
}

/** What of a row decides what clients see. */
function meaningOf({ kind, plural, singular, shortNames, custom }: Strategy): unknown {
  const { version, storedVersion, categories, isEnding, definition } = custom!;
  const { scope } = definition.spec;
  return {
    kind,
    plural,
    singular,
    shortNames,
    version,
    storedVersion,
    categories,
    isEnding,
    scope,
  };
}
