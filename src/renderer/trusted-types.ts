/**
 * The one Trusted Types policy of the window; the first module to run. Mantine writes its CSS variables into
 * `<style>` by innerHTML: text without `<` can make no element, everything else is refused.
 */
type PolicyFactory = {
  createPolicy(name: string, rules: { createHTML(text: string): string | null }): unknown
}

const factory = (globalThis as { readonly trustedTypes?: PolicyFactory }).trustedTypes
factory?.createPolicy('default', { createHTML: (text) => (text.includes('<') ? null : text) })

export {}
