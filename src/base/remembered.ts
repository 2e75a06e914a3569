/** Answers that are computed once; pure. */

/**
 * A function of an object that computes its answer once for each: for objects that never change in
 * place, of which thousands are looked at again and again. What is the answer of many is shared by
 * them.
 */
export function remembered<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const answers = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const known = answers.get(key);
    if (known !== undefined) return known.value;
    const value = compute(key);
    answers.set(key, { value });
    return value;
  };
}

/** {@link remembered} for a function of a second value too, of which the last one is kept. */
export function rememberedWith<K extends object, P, V>(
  compute: (key: K, parameter: P) => V,
): (key: K, parameter: P) => V {
  const answers = new WeakMap<K, { readonly parameter: P; readonly value: V }>();
  return (key, parameter) => {
    const known = answers.get(key);
    if (known !== undefined && known.parameter === parameter) return known.value;
    const value = compute(key, parameter);
    answers.set(key, { parameter, value });
    return value;
  };
}
