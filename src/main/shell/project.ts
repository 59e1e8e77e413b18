/**
 * The page of whoever answers for this build: its guide and the place to report faults. Null while nobody does: then
 * help is what came with the program, and no page is opened that a stranger could own. A build that is published
 * sets it here, and `homepage` and `maintainer` in electron-builder.yml.
 */
export const PROJECT_PAGE: string | null = null
