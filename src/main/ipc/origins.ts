/** Of the windows' own page. */
export const APP_ORIGIN = 'app://strongroom'
/** Of the preview frame: another origin, without a bridge. */
export const PREVIEW_ORIGIN = 'app://preview'
/** Of the recovery code's window: no script at all. */
export const SHEET_ORIGIN = 'app://sheet'
