/** Words of the frame that shows a file. */
export const preview = {
  broken: 'This file can’t be shown. It may be damaged, or of another kind than its name says.',
  gone: 'This preview was already shown once. Close it and open it again.',
  page: (at: number, of: number) => `Page ${at} of ${of}`,
  more: (shown: number, of: number) =>
    `The first ${shown} of ${of} pages are shown. Export the file to see all.`,
  cut: 'Only the beginning is shown. Export the file to see all.',
} as const
