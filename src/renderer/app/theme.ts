import {
  type CSSVariablesResolver,
  createTheme,
  type MantineColorScheme,
  type MantineColorsTuple,
} from '@mantine/core'
import { shell } from '../words/shell.ts'

/** White passes AA (5.2:1 and more) on the shades that fill buttons: 7 in the dark, 8 in the light. */
const brand: MantineColorsTuple = [
  '#e6f5f1',
  '#cdebe3',
  '#9dd8ca',
  '#6cc5b1',
  '#45b59d',
  '#2aa58c',
  '#16917a',
  '#0f7a68',
  '#0b6b5b',
  '#075446',
]

export const theme = createTheme({
  colors: { brand },
  primaryColor: 'brand',
  primaryShade: { light: 8, dark: 7 },
  defaultRadius: 8,
  fontFamily: 'system-ui, "Segoe UI", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.875rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  lineHeights: { xs: '1.34', sm: '1.43', md: '1.43', lg: '1.5', xl: '1.4' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.25rem', lineHeight: '1.4' },
      h2: { fontSize: '1rem', lineHeight: '1.5' },
      h3: { fontSize: '0.875rem', lineHeight: '1.43' },
    },
  },
  respectReducedMotion: true,
  cursorType: 'default',
  components: {
    Button: { defaultProps: { size: 'sm' }, styles: { label: { fontWeight: 500 } } },
    // The palette's dialog has no title to be named by, and no way to be named itself; dialogs with one keep it.
    Modal: { defaultProps: { attributes: { content: { 'aria-label': shell.palette } } } },
    Tooltip: { defaultProps: { openDelay: 500, withinPortal: true } },
    Menu: {
      defaultProps: {
        shadow: 'md',
        withinPortal: true,
        transitionProps: { duration: 0 },
        withInitialFocusPlaceholder: false,
      },
    },
  },
})

/**
 * The tokens of the look, light and dark. They are set here and not in a style sheet, because
 * `light-dark()` in `:root` is rewritten to a rule that doesn't match. Contrast: text 14 and more, muted 7,
 * accent 6, borders of controls 3.8 (AA).
 */
const light = {
  bg: '#ffffff',
  surface: '#f6f7f8',
  text: '#1a1f24',
  muted: '#4d5661',
  accent: '#0b6b5b',
  soft: '#cdebe3',
  'soft-text': '#075446',
  danger: '#b42318',
  'danger-fill': '#b42318',
  'danger-soft': '#fdecea',
  warn: '#7a4d00',
  'warn-soft': '#fff4d6',
  control: '#7b8490',
  line: '#dfe3e7',
  hover: '#eef1f3',
  focus: '#0b6b5b',
}
const dark: typeof light = {
  bg: '#16191d',
  surface: '#1e2227',
  text: '#e8ebee',
  muted: '#a7b0bb',
  accent: '#5cd3bb',
  soft: '#12352f',
  'soft-text': '#8fe3d1',
  danger: '#ff9b8f',
  'danger-fill': '#b42318',
  'danger-soft': '#3a1b18',
  warn: '#f5c451',
  'warn-soft': '#33280b',
  control: '#7b8794',
  line: '#31373e',
  hover: '#262b31',
  focus: '#5cd3bb',
}

const own = (tokens: typeof light) =>
  Object.fromEntries(Object.entries(tokens).map(([name, value]) => [`--sr-${name}`, value]))

const mantine = (tokens: typeof light) => ({
  '--mantine-color-body': tokens.bg,
  '--mantine-color-text': tokens.text,
  '--mantine-color-dimmed': tokens.muted,
  '--mantine-color-placeholder': tokens.muted,
  '--mantine-color-anchor': tokens.accent,
  '--mantine-color-error': tokens.danger,
  '--mantine-color-default': tokens.bg,
  '--mantine-color-default-hover': tokens.hover,
  '--mantine-color-default-border': tokens.control,
  '--mantine-color-default-color': tokens.text,
  '--mantine-color-brand-light': tokens.soft,
  '--mantine-color-brand-light-hover': tokens.soft,
  '--mantine-color-brand-light-color': tokens['soft-text'],
  '--mantine-color-brand-outline': tokens.accent,
  '--mantine-color-red-filled': tokens['danger-fill'],
  // A menu's dangerous item takes this shade.
  '--mantine-color-red-6': tokens.danger,
  '--mantine-color-red-text': tokens.danger,
  '--mantine-color-red-light-color': tokens.danger,
})

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { ...own(light), ...mantine(light) },
  dark: { ...own(dark), ...mantine(dark) },
})

/** What a person can choose; `auto` follows the system. */
export const SCHEMES: readonly MantineColorScheme[] = ['auto', 'light', 'dark']
